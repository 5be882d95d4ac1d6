// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BRIDGE_NAME } from '../../protocol/desktop_channels.ts'
import { ActionsContext, type Actions } from '../state/actions_context.ts'
import { useUi } from '../state/ui_store.ts'
import { startOver, useWizard } from '../views/wizard/wizard_store.ts'
import { DropTarget } from './drop_target.tsx'

const taken: string[] = []
const sender = {
  take: (files: readonly File[], backend?: string) => {
    for (const { name } of files) taken.push(`${backend ?? 'any'}: ${name}`)
    return Promise.resolve()
  },
}
beforeEach(() => {
  taken.length = 0
  startOver()
  useUi.setState({ wizardOpen: false })
})
afterEach(() => {
  cleanup()
  Reflect.deleteProperty(globalThis, BRIDGE_NAME)
})

const ROW = new DOMRect(0, 162, 846, 46)
const show = () => {
  const { container } = render(
    <ActionsContext value={{ sender } as unknown as Actions}>
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
/** The desktop app knows the paths of dropped files. */
const withPaths = () => {
  Object.assign(globalThis, { [BRIDGE_NAME]: { pathOf: ({ name }: File) => `/models/${name}` } })
}
const drop = (text: string, ...names: string[]) => {
  const event = new MouseEvent('drop', { bubbles: true })
  const files = names.map((name) => new File(['x'], name))
  const items = files.map(() => ({ kind: 'file', type: '', webkitGetAsEntry: () => null }))
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], files, items } })
  fireEvent(screen.getByText(text), event)
}
/** happy-dom has no drag events with coordinates. */
const dragOver = (text: string, types = ['Files'], items: object[] = []) => {
  const event = new MouseEvent('dragover', { bubbles: true, clientX: 200, clientY: 180 })
  Object.defineProperty(event, 'dataTransfer', { value: { types, items } })
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

test('while a file of no known type is dragged, adding a model is offered too', () => {
  show()
  dragOver('elsewhere', ['Files'], [{ kind: 'file', type: '' }])
  expect(screen.getByText('Drop to test, or to add an ONNX model')).toBeTruthy()
  dragOver('elsewhere', ['Files'], [{ kind: 'file', type: 'image/png' }])
  expect(screen.getByText('Drop to test')).toBeTruthy()
})

test.each(['elsewhere', 'a cell'])(
  'an ONNX file dropped on %s opens the wizard with it',
  async (where) => {
    withPaths()
    show()
    drop(where, 'Net.ONNX', 'Net.ONNX.data')
    await waitFor(() => expect(useUi.getState().wizardOpen).toBe(true))
    const { draft, dropNote } = useWizard.getState()
    expect(draft).toMatchObject({ source: 'onnx', onnx: { model: '/models/Net.ONNX' } })
    expect(dropNote).toBeNull()
    expect(taken).toEqual([])
  },
)

test('of several models the first is taken, and pictures beside them are tested', async () => {
  withPaths()
  show()
  drop('a cell', 'cat.png', 'one.onnx', 'two.onnx')
  await waitFor(() => expect(taken).toEqual(['emotion: cat.png']))
  expect(useWizard.getState().draft.onnx.model).toBe('/models/one.onnx')
  expect(useWizard.getState().dropNote).toMatch(/one\.onnx is taken\. Drop the other models/)
})

test('a browser hides the path, and the wizard explains what to do', async () => {
  show()
  drop('elsewhere', 'net.onnx')
  await waitFor(() => expect(useUi.getState().wizardOpen).toBe(true))
  const { draft, dropNote } = useWizard.getState()
  expect(draft).toMatchObject({ source: 'onnx', onnx: { model: '' } })
  expect(dropNote).toMatch(/does not reveal where net\.onnx is\. Enter its path/)
})
