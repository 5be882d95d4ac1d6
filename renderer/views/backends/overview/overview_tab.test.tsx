/** The overview requests once per step, shows what is unknown, and stops when paused, disconnected or hidden. */
// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MetricsResult } from '../../../../protocol/metrics.ts'
import { ControlProvider } from '../../../state/control_context.tsx'
import { chooseSpan, shownSpan, useChartSpan, zoomTo } from '../../../state/chart_span.ts'
import { useLogs } from '../../../state/log_store.ts'
import { initialPanelState, usePanel } from '../../../state/panel_store.ts'
import { useUi } from '../../../state/ui_store.ts'
import { fakeControl, refusal, type FakeControl } from '../../../testing/fake_control.ts'
import { aPoint, aStage, stages } from '../../../testing/metrics.ts'
import { aBackend, aPlane, NO_GPU, ONE_GPU, TEST_EPOCH } from '../../../../testing/views.ts'
import { OverviewTab } from './overview_tab.tsx'

/** Points without values, so that no chart is drawn: there is no canvas here. */
const measured = (summary: MetricsResult['summary']): MetricsResult => ({
  points: [aPoint({ covered_ms: 1000 })],
  summary,
  resolution_ms: 1000,
  oldest: null,
})
const nothing = { ...measured(null), points: [] }
const busy = measured(
  aPoint({
    requests: 18_201,
    answers: 18_197,
    errors: 4,
    errors_by_code: { timeout: 1, queue_full: 3 },
    latency_ms: stages({ total: aStage(6.4) }),
  }),
)

let control: FakeControl
beforeEach(() => {
  vi.useFakeTimers({ now: TEST_EPOCH })
  control = fakeControl({
    'metrics.query': () => busy,
    'logs.slowest': () => ({ requests: [], total: 0, searched_from: null }),
  })
  chooseSpan('5m')
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

const show = (backend = aBackend()) =>
  act(async () => {
    render(
      <ControlProvider call={control.call}>
        <OverviewTab backend={backend} />
      </ControlProvider>,
    )
  })
/** The slowest requests are a separate call. */
const metricsAsked = () => control.asked.filter(({ method }) => method === 'metrics.query')
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms))
const press = (name: string) =>
  act(async () => void fireEvent.click(screen.getByRole('button', { name })))
const lose = (phase: 'open' | 'lost') =>
  act(async () =>
    usePanel.setState({
      connection: phase === 'open' ? { phase } : { phase, sinceMs: 0, attempt: 1, retryAtMs: null },
    }),
  )

test.each([
  ['5 min', '5m', 1000],
  ['1 h', '1h', 10_000],
  ['24 h', '24h', 60_000],
  ['7 d', '7d', 300_000],
])('%s is asked for once every step and not in between', async (button, range, stepMs) => {
  await show()
  await press(button)
  const before = metricsAsked().length
  await pass(stepMs - 1)
  expect(metricsAsked()).toHaveLength(before)
  await pass(1)
  expect(metricsAsked().slice(before)).toEqual([
    { method: 'metrics.query', params: { names: ['emotion'], range } },
  ])
})

test('the summary shows percentiles, requests, and errors by code with the most frequent first', async () => {
  await show()
  const summary = screen.getByRole('region', { name: 'Summary of the last 5 minutes' })
  expect(summary.textContent).toContain('p95 ms6.4')
  expect(summary.textContent).toContain('18,201')
  const codes = screen.getByRole('list', { name: 'Errors by code' })
  expect(codes.textContent).toBe('queue_full 3timeout 1')
})

test('an unknown value is n/a with the reason, never 0', async () => {
  usePanel.setState({ snapshot: { gpus: ONE_GPU, plane: aPlane(), backends: [] } })
  await show()
  expect(screen.getByText('n/a: runs on CPU')).toBeTruthy()
  expect(screen.getAllByText('No requests were answered in this range')).toHaveLength(3)
})

test('a machine without a GPU has no chart and no column for its memory', async () => {
  usePanel.setState({ snapshot: { gpus: NO_GPU, plane: aPlane(), backends: [] } })
  await show()
  expect(screen.queryByText(/GPU/)).toBeNull()
  await press('View as table')
  expect(screen.queryByText(/GPU/)).toBeNull()
})

test('values from a pong alone are marked', async () => {
  const summary = aPoint({ requests: 4, latency_ms: stages({ total: aStage(9, 'pong') }) })
  control.handlers['metrics.query'] = () => measured(summary)
  await show()
  expect(screen.getByText(/Percentiles come from its last pong/)).toBeTruthy()
  expect(
    screen.getAllByText(/n\/a: the backend does not report this value on GET \/metrics/),
  ).toHaveLength(2)
})

test('an empty range is shown as such', async () => {
  control.handlers['metrics.query'] = () => nothing
  await show()
  expect(screen.getByText(/Nothing was measured in the last 5 minutes/)).toBeTruthy()
})

test('a failure is shown, and the next step retries', async () => {
  control.handlers['metrics.query'] = () => refusal('emotion is unknown')
  await show()
  expect(screen.getByRole('alert').textContent).toContain('emotion is unknown')
  control.handlers['metrics.query'] = () => busy
  await pass(1000)
  expect(screen.queryByRole('alert')).toBeNull()
  expect(screen.getByText('18,201')).toBeTruthy()
})

test('while disconnected nothing is requested and the values stay; a reconnect requests immediately', async () => {
  await show()
  await lose('lost')
  const before = metricsAsked().length
  await pass(5000)
  expect(metricsAsked()).toHaveLength(before)
  expect(screen.getByText('18,201')).toBeTruthy()
  await lose('open')
  expect(metricsAsked()).toHaveLength(before + 1)
})

test('frozen values stay until they are released', async () => {
  await show()
  await press('Freeze')
  const before = metricsAsked().length
  await pass(5000)
  expect(metricsAsked()).toHaveLength(before)
  await press('Freeze')
  expect(metricsAsked()).toHaveLength(before + 1)
})

test('an answer that takes longer than a step is waited for', async () => {
  delete control.handlers['metrics.query']
  await show()
  await pass(5000)
  expect(metricsAsked()).toHaveLength(1)
})

test('the charts can be read as a table, newest first', async () => {
  control.handlers['metrics.query'] = () => ({
    ...busy,
    points: [
      aPoint({ time: TEST_EPOCH, requests_per_s: 12 }),
      aPoint({ time: TEST_EPOCH + 1000, latency_ms: stages({ total: aStage(7.5) }) }),
    ],
  })
  await show()
  await press('View as table')
  const rows = screen.getAllByRole('row').map(({ textContent }) => textContent)
  expect(rows[1]).toMatch(/^14:00:017\.57\.57\.5–/)
  expect(rows[2]).toMatch(/^14:00:00–––12\.0/)
})

test('the slowest requests of the range lead to their lines in the log', async () => {
  const slow = {
    request_id: 'slow-one-of-all',
    time: TEST_EPOCH - 4000,
    total_ms: 812,
    message: 'x',
    source: 'emotion',
  }
  control.handlers['logs.slowest'] = () => ({ requests: [slow], total: 1, searched_from: null })
  await show()
  await act(async () => void fireEvent.click(screen.getByRole('button', { name: /slow-one/ })))
  expect(useUi.getState().view).toBe('logs')
  expect(useLogs.getState().aside).toEqual({ kind: 'request', id: 'slow-one-of-all' })
})

test('node placement is shown, the provider with most nodes first', async () => {
  const placement = {
    model: 'net.onnx',
    requested: ['CUDA', 'CPU'],
    granted: 'CUDA',
    nodes: { CPU: 3, CUDA: 242 },
    on_cpu: [],
    summary: '',
  }
  await show(aBackend({ placements: [placement] }))
  expect(screen.getByRole('region', { name: 'Nodes per provider' }).textContent).toContain(
    'CUDA 242, CPU 3',
  )
})

const fill = (label: string, value: string) =>
  act(async () => void fireEvent.change(screen.getByLabelText(label), { target: { value } }))

test('a range between two moments is asked for once and stays', async () => {
  await show()
  await press('From–to')
  await fill('Start date', '2026-01-30')
  await fill('Start time', '14:00')
  await fill('End date', '2026-01-30')
  await fill('End time', '15:30')
  await press('Show')
  const span = { fromMs: TEST_EPOCH - 86_400_000, toMs: TEST_EPOCH - 86_400_000 + 90 * 60_000 }
  expect(metricsAsked().at(-1)?.params).toEqual({
    names: ['emotion'],
    time_from: span.fromMs,
    time_to: span.toMs,
  })
  const before = metricsAsked().length
  await pass(600_000)
  expect(metricsAsked()).toHaveLength(before)
  expect(screen.getByText('30 Jan 14:00 – 15:30')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Zoom out' })).toBeNull()
  await press('Logs')
  expect(useLogs.getState()).toMatchObject({
    sources: ['emotion'],
    earlier: span,
    aside: { kind: 'slowest', source: 'emotion', span },
  })
})

test('an impossible range is refused with both moments named, and nothing is asked', async () => {
  await show()
  await press('From–to')
  await fill('Start date', '2026-01-31')
  await fill('Start time', '13:00')
  await fill('End date', '2026-01-30')
  await fill('End time', '13:00')
  const before = metricsAsked().length
  await press('Show')
  expect(screen.getByRole('alert').textContent).toBe(
    'The end (30 Jan 13:00) must come after the start (31 Jan 13:00).',
  )
  expect(metricsAsked()).toHaveLength(before)
  expect(shownSpan(useChartSpan.getState())).toBe('5m')
})

test('a range without data shows since when there is some', async () => {
  control.handlers['metrics.query'] = () => ({ ...nothing, oldest: TEST_EPOCH - 7_200_000 })
  chooseSpan({ fromMs: TEST_EPOCH - 86_400_000, toMs: TEST_EPOCH - 80_000_000 })
  await show()
  expect(screen.getByText(/Nothing was measured in 30 Jan.*start at 12:00\./)).toBeTruthy()
})

test('a zoom has a button back to what was shown before it', async () => {
  await show()
  await act(async () => zoomTo({ fromMs: TEST_EPOCH - 60_000, toMs: TEST_EPOCH - 30_000 }))
  expect(metricsAsked().at(-1)?.params).toMatchObject({ time_from: TEST_EPOCH - 60_000 })
  await press('Zoom out')
  expect(screen.getByRole('button', { name: '5 min' }).getAttribute('aria-pressed')).toBe('true')
  expect(screen.queryByRole('button', { name: 'Zoom out' })).toBeNull()
})

test('slow requests from before the lines in memory are searched in the files on request', async () => {
  control.handlers['logs.slowest'] = () => ({
    requests: [],
    total: 0,
    searched_from: TEST_EPOCH - 60_000,
  })
  await show()
  expect(screen.getByText(/The lines in memory begin at 13:59/)).toBeTruthy()
  await press('Search the log files too')
  expect(control.asked.at(-1)).toMatchObject({
    method: 'logs.slowest',
    params: { reads_files: true },
  })
})
