// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { initialPanelState, noteDone, noteFailure, usePanel } from '../state/panel_store.ts'
import { TEST_EPOCH } from '../../testing/views.ts'
import { Notices } from './notices.tsx'

beforeEach(() => {
  vi.useFakeTimers()
  usePanel.setState(initialPanelState(TEST_EPOCH))
  render(<Notices />)
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})
const later = (ms: number) => {
  act(() => {
    vi.advanceTimersByTime(ms)
  })
}

test('a failure stays until it is closed', () => {
  act(() => noteFailure('emotion was not started', 'port 8768 is taken'))
  later(60_000)
  fireEvent.click(screen.getByRole('button', { name: 'Close: emotion was not started' }))
  expect(screen.queryByText('emotion was not started')).toBeNull()
})

test('what was done goes after a while, but not under the pointer', () => {
  act(() => noteDone('Theme: Dark'))
  const card = screen.getByText('Theme: Dark').closest('.notice')!
  fireEvent.mouseEnter(card)
  later(60_000)
  expect(screen.queryByText('Theme: Dark')).toBeTruthy()
  fireEvent.mouseLeave(card)
  later(8000)
  expect(screen.queryByText('Theme: Dark')).toBeNull()
})

test('Undo takes back the newest of several like changes', () => {
  const undone: string[] = []
  act(() => noteDone('Theme: Dark', () => undone.push('first')))
  act(() => noteDone('Theme: Dark', () => undone.push('second')))
  fireEvent.click(screen.getByRole('button', { name: 'Undo' }))
  expect(undone).toEqual(['second'])
  expect(screen.queryByText('Theme: Dark')).toBeNull()
})
