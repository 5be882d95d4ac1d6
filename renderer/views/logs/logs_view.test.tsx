// @vitest-environment happy-dom
/** Controls of the log view: search and its errors, go to time, export. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NO_LINES } from '../../state/log_lines.ts'
import {
  clearLogFilter,
  NO_TEXT,
  queryOf,
  showAside,
  showSpan,
  useLogs,
} from '../../state/log_store.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { fakeControl, type FakeControl } from '../../testing/fake_control.ts'
import { LineList } from '../../state/line_list.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { aLine, TEST_EPOCH } from '../../../testing/views.ts'
import { exportAddress } from './export_menu.tsx'
import { lineText } from './line_pane.tsx'
import { LogsView } from './logs_view.tsx'

let control: FakeControl

beforeEach(() => {
  clearLogFilter()
  useLogs.setState({ aside: null })
  useLogs.setState({
    log: { ...NO_LINES, lines: LineList.of([aLine()]), dropped: 1234 },
    loadedAtMs: TEST_EPOCH,
    refusal: null,
    goodText: NO_TEXT,
  })
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
  useUi.setState({ singleKeys: true, view: 'logs' })
  control = fakeControl({})
  render(
    <ControlProvider call={control.call}>
      <LogsView />
    </ControlProvider>,
  )
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
    /near character 1.*The list is not filtered by text/,
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

test('G asks for a time, reports invalid input, and jumps', () => {
  press('g')
  const time = screen.getByLabelText('Time')
  fireEvent.change(time, { target: { value: '25:00' } })
  fireEvent.click(screen.getByRole('button', { name: 'Go' }))
  expect(screen.getByRole('dialog').textContent).toContain('"25:00" is not a time')
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
      log: {
        ...NO_LINES,
        following: false,
        pausedAtMs: TEST_EPOCH,
        held: LineList.of([aLine({ seq: 2 })]),
      },
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

test('the request of a line opens beside the lines, with its way through the stages, and Escape closes it', async () => {
  const timing = {
    queue_ms: 1,
    preprocess_ms: 2,
    inference_ms: 4,
    postprocess_ms: 1,
    total_ms: 9,
    batch_size: 1,
  }
  const fields = { ...timing, result: { prediction: 'happy' } }
  const lines = [
    aLine({ seq: 1, request_id: 'abc', source: 'gateway', message: 'arrived' }),
    aLine({ seq: 2, request_id: 'abc', time: TEST_EPOCH + 9, fields }),
  ]
  control.handlers['logs.search'] = ({ query }) => ({
    lines: query.request_id === 'abc' ? lines : [],
    counts: { debug: 0, info: 2, warn: 0, error: 0 },
    matched: 2,
    searched: 2,
    dropped: 0,
  })
  act(() => showAside({ kind: 'request', id: 'abc' }))
  const pane = await screen.findByRole('complementary', { name: 'Request' })
  await screen.findByText('Path of the request')
  expect(pane.textContent).toMatch(/predictionhappy.*9\.0 ms.*inference4\.0.*the rest1\.0/)
  expect(pane.textContent).toContain('All 2 lines from 2 processes')
  press('Escape')
  expect(screen.queryByRole('complementary')).toBeNull()
})

test('a line opens in full beside the lines, with its fields and the way to its request', () => {
  const message = 'Traceback (most recent call last):\n  File "model.py", line 3\nValueError: 7'
  const fields = { provider: 'CUDA', tried: ['CUDA', 'CPU'] }
  const line = aLine({ request_id: 'abc', message, fields })
  act(() => showAside({ kind: 'line', line }))
  const pane = screen.getByRole('complementary', { name: 'Log line' })
  expect(pane.querySelector('.line-message')?.textContent).toBe(message)
  expect(screen.getByRole('row', { name: /provider CUDA/ })).toBeDefined()
  fireEvent.click(screen.getByRole('button', { name: 'abc' }))
  expect(useLogs.getState().aside).toEqual({ kind: 'request', id: 'abc' })
})

test('a copied line holds its time, source, level, text and fields', () => {
  const text = lineText(aLine({ message: 'no CUDA', fields: { reason: 'missing' } }))
  expect(text).toBe('2026-01-31 14:00:00.000 emotion INFO no CUDA\n{\n  "reason": "missing"\n}')
})

test('a spike opens the slowest requests of its span, each the way to its request', async () => {
  const span = { fromMs: TEST_EPOCH, toMs: TEST_EPOCH + 1000 }
  const request = { request_id: 'slow-one', time: TEST_EPOCH + 500, source: 'emotion' }
  control.handlers['logs.slowest'] = () => ({
    requests: [{ ...request, message: 'response happy', total_ms: 812.4 }],
    total: 3,
    searched_from: null,
  })
  act(() => showAside({ kind: 'slowest', source: 'emotion', span }))
  fireEvent.click(await screen.findByRole('button', { name: /slow-one.*812 ms/ }))
  expect(useLogs.getState().aside).toEqual({ kind: 'request', id: 'slow-one' })
  expect(control.asked.find(({ method }) => method === 'logs.slowest')?.params).toMatchObject({
    query: { sources: ['emotion'], time_from: span.fromMs, time_to: span.toMs },
  })
})

test('a span of the histogram narrows the lines, and its chip lets them go', () => {
  act(() => showSpan({ fromMs: TEST_EPOCH, toMs: TEST_EPOCH + 1000 }))
  expect(queryOf(useLogs.getState())).toEqual({
    time_from: TEST_EPOCH,
    time_to: TEST_EPOCH + 1000,
  })
  fireEvent.click(screen.getByRole('button', { name: /clear the time range/ }))
  expect(queryOf(useLogs.getState())).toEqual({})
})
