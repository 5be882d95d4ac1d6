// @vitest-environment happy-dom
/** Which calls keep the log lines in step with the filter: followed, searched, rejected, around a moment. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ControlEvent, LogLine } from '../../protocol/control.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { ControlError } from '../../protocol/errors.ts'
import { quoted } from '../../protocol/messages.ts'
import { fakeControl, type FakeControl } from '../testing/fake_control.ts'
import { aLine, aPlane, TEST_EPOCH } from '../../testing/views.ts'
import { PAGE_LINES } from './log_lines.ts'
import { followLogs, type LogSession } from './log_session.ts'
import {
  clearLogFilter,
  leaveMoment,
  refusalOf,
  searchLogs,
  toggleLevel,
  toggleRegex,
  useLogs,
} from './log_store.ts'
import { initialPanelState, usePanel } from './panel_store.ts'
import { showLogsAt, showLogsOfSpan, showView, useUi } from './ui_store.ts'

const NO_COUNTS = { debug: 0, info: 0, warn: 0, error: 0 }
const followed = [aLine({ seq: 0, message: 'followed' })]

let control: FakeControl
let listeners: ((event: ControlEvent) => void)[] = []
let problems: string[] = []
let session: LogSession

const push = (lines: LogLine[]) => {
  const event = {
    event: 'logs',
    data: { lines, counts: { ...NO_COUNTS, info: lines.length } },
  } as const
  for (const listener of listeners) listener(event)
}
const messages = () => {
  const { lines } = useLogs.getState().log
  return lines.slice(0, lines.length).map(({ message }) => message)
}
const asked = (method: string) => control.asked.filter((call) => call.method === method)
const settle = (ms = 250) => vi.advanceTimersByTimeAsync(ms)

beforeEach(async () => {
  vi.useFakeTimers({ now: TEST_EPOCH })
  control = fakeControl({
    'logs.follow': () => ({
      lines: followed,
      counts: { ...NO_COUNTS, info: 1 },
      dropped: 0,
      total: 1,
    }),
    'logs.unfollow': () => ({}),
    'logs.search': () => ({ lines: [], counts: NO_COUNTS, matched: 0, searched: 5, dropped: 0 }),
  })
  const client: Pick<ControlClient, 'call' | 'onEvent'> = {
    call: control.call,
    onEvent: (listener) => {
      listeners.push(listener)
      return () => undefined
    },
  }
  clearLogFilter()
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
  useUi.setState({ view: 'backends' })
  useLogs.setState({
    isRegex: false,
    isCaseSensitive: false,
    refusal: null,
    levels: ['debug', 'info', 'warn', 'error'],
  })
  session = followLogs(client, (sentence) => problems.push(sentence))
  showView('logs')
  await settle(0)
})
afterEach(() => {
  session.dispose()
  listeners = []
  problems = []
  vi.useRealTimers()
})

test('without a text the log is followed, and what is pushed is appended', () => {
  expect(asked('logs.search')).toEqual([])
  push([aLine({ seq: 1, message: 'pushed' })])
  expect(messages()).toEqual(['followed', 'pushed'])
})

test('a text is searched in the store, and nothing that is pushed gets in any more', async () => {
  control.handlers['logs.search'] = () => ({
    lines: [aLine({ seq: 3, message: 'found' })],
    counts: { ...NO_COUNTS, info: 1 },
    matched: 1,
    searched: 5,
    dropped: 7,
  })
  searchLogs('f.und')
  toggleRegex()
  await settle()
  expect(asked('logs.search')[0]?.params).toEqual({
    query: { pattern: 'f.und', is_regex: true },
    limit: PAGE_LINES,
  })
  push([aLine({ seq: 4, message: 'pushed before it was unfollowed' })])
  expect(messages()).toEqual(['found'])
  expect(useLogs.getState().log.dropped).toBe(7)
  expect(asked('logs.unfollow')).toHaveLength(1)
})

test('a search is asked again for what is new, and lines of hidden levels count once', async () => {
  toggleLevel('debug')
  searchLogs('x')
  control.handlers['logs.search'] = ({ query }) => ({
    lines: query.levels
      ? [aLine({ seq: 2, message: 'first' })]
      : [aLine({ seq: 4, level: 'debug' })],
    counts: { ...NO_COUNTS, info: 1, debug: 1 },
    matched: 1,
    searched: 5,
    dropped: 0,
  })
  await settle()
  expect(messages()).toEqual(['first'])
  control.handlers['logs.search'] = () => ({
    lines: [aLine({ seq: 6, level: 'debug' }), aLine({ seq: 7, message: 'second' })],
    counts: { ...NO_COUNTS, info: 1, debug: 1 },
    matched: 2,
    searched: 8,
    dropped: 0,
  })
  await settle(1000)
  expect(asked('logs.search').at(-1)?.params).toMatchObject({
    query: { pattern: 'x', after_seq: 4 },
  })
  expect(messages()).toEqual(['first', 'second'])
  expect(useLogs.getState().log.counts).toEqual({ ...NO_COUNTS, info: 2, debug: 2 })
})

test('an invalid expression is reported, and the last valid filter stays active', async () => {
  control.handlers['logs.search'] = () => {
    throw new ControlError('invalid_regex', quoted('the regular expression "(" is not valid'))
  }
  searchLogs('(')
  toggleRegex()
  await settle()
  expect(refusalOf(useLogs.getState())).toContain('"(" is not valid')
  push([aLine({ seq: 1, message: 'pushed' })])
  expect(messages()).toEqual(['followed', 'pushed'])
  expect(asked('logs.follow')).toHaveLength(1)
  searchLogs('')
  expect(refusalOf(useLogs.getState())).toBeNull()
  expect(problems).toEqual([])
})

test('a search that took too long is reported at its field too', async () => {
  control.handlers['logs.search'] = () => {
    throw new ControlError('search_timeout', quoted('it took longer than 3 s'))
  }
  searchLogs('(a+)+$')
  toggleRegex()
  await settle()
  expect(refusalOf(useLogs.getState())).toBe('it took longer than 3 s')
})

test('a level that is toggled twice while a reply is pending is followed again', async () => {
  const wait = control.handlers['logs.follow']
  delete control.handlers['logs.follow']
  toggleLevel('debug')
  await settle()
  if (wait) control.handlers['logs.follow'] = wait
  toggleLevel('debug')
  await settle()
  expect(asked('logs.follow').map(({ params }) => params)).toMatchObject([
    { filter: {} },
    { filter: { levels: ['info', 'warn', 'error'] } },
    { filter: {} },
  ])
})

test('leaving the view ends the subscription', async () => {
  showView('test')
  await settle()
  expect(asked('logs.unfollow')).toHaveLength(1)
  push([aLine({ seq: 1, message: 'pushed' })])
  expect(messages()).toEqual(['followed'])
})

test('a moment that the lines reach back to pauses the log there', async () => {
  showView('backends')
  showLogsAt({ backend: 'emotion', time: TEST_EPOCH - 1000 })
  await settle()
  const { log, sources, untilMs } = useLogs.getState()
  expect([sources, log.following, untilMs]).toEqual([['emotion'], false, null])
})

test('for an older moment the lines around it are asked for, fewer if they are too many', async () => {
  const full = (time: number, endSeq = 1_000_000) =>
    Array.from({ length: PAGE_LINES }, (_, place) =>
      aLine({ seq: endSeq - PAGE_LINES + place, time, message: 'many' }),
    )
  const moment = TEST_EPOCH - 3_600_000
  control.handlers['logs.follow'] = () => ({
    lines: full(TEST_EPOCH),
    counts: NO_COUNTS,
    dropped: 0,
    total: PAGE_LINES,
  })
  control.handlers['logs.search'] = ({ query }) => ({
    // Only the shortest span still reaches the moment.
    lines: full(query.time_to === moment + 5000 ? moment - 1 : moment + 1, query.before_seq),
    counts: NO_COUNTS,
    matched: PAGE_LINES,
    searched: PAGE_LINES,
    dropped: 0,
  })
  showView('backends')
  showLogsAt({ backend: null, time: moment })
  await settle(2000)
  const pages = asked('logs.search').map(({ params }) => params)
  const first = pages.filter((params) => !JSON.stringify(params).includes('before_seq'))
  expect(first).toMatchObject([
    { query: { time_to: moment + 60_000 } },
    { query: { time_to: moment + 5000 } },
  ])
  expect(useLogs.getState().log.following).toBe(false)
})

test('a moment of an earlier run is read from the log files, until it is left again', async () => {
  const spike = TEST_EPOCH - 86_400_000
  const snapshot = { gpus: null, plane: aPlane({ started_at: TEST_EPOCH - 1000 }), backends: [] }
  usePanel.setState({ snapshot })
  control.handlers['logs.earlier'] = () => ({
    lines: [aLine({ seq: 0, time: spike, message: 'of yesterday' })],
    is_cut: false,
  })
  showLogsAt({ backend: null, time: spike })
  await settle()
  await settle()
  expect(asked('logs.earlier')[0]?.params).toMatchObject({
    query: { time_from: spike - 60_000, time_to: spike + 60_000 },
  })
  expect(messages()).toEqual(['of yesterday'])
  expect(useLogs.getState().log).toMatchObject({ following: false, counts: { info: 1 } })
  leaveMoment()
  await settle()
  expect(messages()).toEqual(['followed'])
})

test('a span with more lines than one answer holds names the part that is here', async () => {
  const fromMs = TEST_EPOCH - 86_400_000
  control.handlers['logs.earlier'] = ({ query: { time_to: to } }) => ({
    lines: [aLine({ seq: 0, time: fromMs + 5000, message: 'the last that fits' })],
    is_cut: to > fromMs + 5000,
  })
  showLogsOfSpan('emotion', { fromMs, toMs: fromMs + 3_600_000 })
  await settle()
  await settle()
  expect(useLogs.getState().earlier).toEqual({ fromMs, toMs: fromMs + 5000 })
  expect(messages()).toEqual(['the last that fits'])
})

test('older lines follow page by page, until a page is not full', async () => {
  const page = (from: number, amount: number) =>
    Array.from({ length: amount }, (_, index) => aLine({ seq: from + index }))
  const answer = { counts: NO_COUNTS, dropped: 0 }
  control.handlers['logs.follow'] = () => ({
    ...answer,
    lines: page(2 * PAGE_LINES, PAGE_LINES),
    total: 3 * PAGE_LINES,
  })
  control.handlers['logs.search'] = ({ query: { before_seq: before = 0 } }) => ({
    ...answer,
    lines: before > 2 * PAGE_LINES - 1 ? page(before - PAGE_LINES, PAGE_LINES) : page(3, 2),
    matched: 0,
    searched: 0,
  })
  showView('backends')
  showView('logs')
  await settle(1000)
  const { lines, isWhole } = useLogs.getState().log
  expect([lines.length, lines.first?.seq, isWhole]).toEqual([2 * PAGE_LINES + 2, 3, true])
  expect(asked('logs.search').map(({ params }) => params)).toMatchObject([
    { query: { before_seq: 2 * PAGE_LINES } },
    { query: { before_seq: PAGE_LINES } },
  ])
})

test('another failure is reported, but not at the field', async () => {
  control.handlers['logs.follow'] = () => {
    throw new ControlError('internal', quoted('out of order'))
  }
  toggleLevel('debug')
  await settle()
  expect(problems).toEqual(['out of order'])
})
