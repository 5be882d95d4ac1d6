// @vitest-environment happy-dom
/** While a file is dragged over the page: the row that would get it is framed, and the words stand beside the pointer. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { ActionsContext, type Actions } from '../state/actions_context.ts'
import { DropTarget } from './drop_target.tsx'

afterEach(cleanup)

const ROW = new DOMRect(0, 162, 846, 46)
const show = () => {
  const { container } = render(
    <ActionsContext value={{} as Actions}>
      <div data-backend="emotion">
        <span>a cell</span>
      </div>
      <p>elsewhere</p>
      <DropTarget />
    </ActionsContext>,
  )
  const row = container.querySelector('[data-backend]')
  if (row !== null) row.getBoundingClientRect = () => ROW
  return container
}
/** happy-dom has no drag events with a place. */
const dragOver = (text: string, types = ['Files']) => {
  const event = new MouseEvent('dragover', { bubbles: true, clientX: 200, clientY: 180 })
  Object.defineProperty(event, 'dataTransfer', { value: { types } })
  fireEvent(screen.getByText(text), event)
}
const frameOf = (container: Element) =>
  container.querySelector<HTMLElement>('.drop-frame')?.style ?? null

test('over a row the row is framed and named', () => {
  const container = show()
  dragOver('a cell')
  expect(frameOf(container)).toMatchObject({ top: '162px', width: '846px', height: '46px' })
  expect(screen.getByText(/emotion/).style.getPropertyValue('--x')).toBe('200px')
})

test('elsewhere the whole window is framed', () => {
  const container = show()
  dragOver('elsewhere')
  expect(frameOf(container)?.width).toBe('')
  expect(screen.queryByText(/emotion/)).toBeNull()
})

test('text that is dragged frames nothing', () => {
  const container = show()
  dragOver('a cell', ['text/plain'])
  expect(frameOf(container)).toBeNull()
})
