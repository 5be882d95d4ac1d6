// @vitest-environment happy-dom
/** The log view's controls: the search and what is wrong with it, going to a time, and where an export leads. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NO_LINES } from '../../state/log_lines.ts'
import { clearLogFilter, NO_TEXT, useLogs } from '../../state/log_store.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { aLine, TEST_EPOCH } from '../../testing/views.ts'
import { exportAddress } from './export_address.ts'
import { LogsView } from './logs_view.tsx'

beforeEach(() => {
  clearLogFilter()
  useLogs.setState({
    log: { ...NO_LINES, lines: [aLine()], dropped: 1234 },
    loadedAtMs: TEST_EPOCH,
    refusal: null,
    goodText: NO_TEXT,
  })
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
  useUi.setState({ singleKeys: true, view: 'logs' })
  render(<LogsView />)
})
afterEach(cleanup)

const field = () => screen.getByLabelText('Search message or request id')
const press = (key: string) => fireEvent.keyDown(document.body, { key })

test('the two modes of the search are switches', () => {
  fireEvent.click(screen.getByRole('button', { name: 'Regular expression' }))
  fireEvent.click(screen.getByRole('button', { name: 'Match case' }))
  fireEvent.change(field(), { target: { value: 'a+' } })
  expect(useLogs.getState()).toMatchObject({ search: 'a+', isRegex: true, isCaseSensitive: true })
  const isPressed = (name: string) =>
    screen.getByRole('button', { name }).getAttribute('aria-pressed')
  expect([isPressed('Regular expression'), isPressed('Match case')]).toEqual(['true', 'true'])
})

test('a refused text marks the field with the sentence, until it is changed', () => {
  const text = { search: '(', isRegex: true, isCaseSensitive: false }
  act(() =>
    useLogs.setState({ ...text, refusal: { text, sentence: 'not valid near character 1' } }),
  )
  expect(field().getAttribute('aria-invalid')).toBe('true')
  const id = field().getAttribute('aria-describedby') ?? ''
  expect(document.getElementById(id)?.textContent).toMatch(
    /near character 1.*Still filtered by no text/,
  )
  fireEvent.change(field(), { target: { value: '(a)' } })
  expect(field().getAttribute('aria-invalid')).toBeNull()
})

test('Enter asks for a refused text once more', () => {
  const text = { ...NO_TEXT, search: 'a' }
  act(() => useLogs.setState({ ...text, refusal: { text, sentence: 'it took too long' } }))
  fireEvent.keyDown(field(), { key: 'Enter' })
  expect(useLogs.getState().refusal).toBeNull()
})

test('G asks for a time, says what it does not understand, and jumps', () => {
  press('g')
  const time = screen.getByLabelText('Time')
  fireEvent.change(time, { target: { value: '25:00' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go' }))
  expect(screen.getByRole('dialog').textContent).toContain('"25:00" is no time')
  fireEvent.change(time, { target: { value: '2026-01-31 14:31' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go' }))
  const goal = new Date(2026, 0, 31, 14, 31).getTime()
  expect(useLogs.getState().goal).toEqual({ timeMs: goal })
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('lines that memory has let go are counted in view', () => {
  expect(screen.getByText('1,234 dropped from memory')).toBeTruthy()
})

test('F leaves the moment that was jumped to', () => {
  act(() =>
    useLogs.setState({
      log: { ...NO_LINES, following: false, pausedAtMs: TEST_EPOCH, held: [aLine({ seq: 2 })] },
      goal: { timeMs: TEST_EPOCH },
      untilMs: TEST_EPOCH,
    }),
  )
  press('f')
  const { log, goal, untilMs } = useLogs.getState()
  expect([log.following, log.lines.length, goal, untilMs]).toEqual([true, 1, null, null])
})

test('an export carries the query to the control plane as it stands', () => {
  const query = { pattern: 'a&b=c', is_regex: true }
  const address = new URL(
    exportAddress({ query, format: 'jsonl', scope: 'run' }),
    'http://localhost',
  )
  expect(address.pathname).toBe('/download/logs')
  expect(Object.fromEntries(address.searchParams)).toEqual({
    format: 'jsonl',
    scope: 'run',
    query: JSON.stringify(query),
  })
})
