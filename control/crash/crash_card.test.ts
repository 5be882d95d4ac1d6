import { quoted } from '../../protocol/messages.ts'
import { describe, expect, it } from 'vitest'
import { CARD_LOG_LINES_MAX, crashCardSchema, type CrashLogLine } from '../../protocol/crash.ts'
import { CARD_LOG_BYTES_MAX, createCrashCard, endMessage, type CrashReport } from './crash_card.ts'

const TIME = Date.UTC(2026, 0, 31, 23, 59, 59, 123)

const lineOf = (seq: number, message = `line ${seq}`): CrashLogLine => ({
  ...{ seq, time: TIME, level: 'error', source: 'emotion', message },
})

const reportOf = (given: Partial<CrashReport> = {}): CrashReport => ({
  backend: 'emotion',
  time: TIME,
  exit: { code: 3, signal: null, failure: null },
  owner: 'ours',
  phase: 'loading',
  killReason: null,
  startHint: null,
  oomKill: null,
  oomReason: null,
  runtime: 'command',
  command: [],
  pid: 4711,
  attempt: 2,
  uptime_ms: 1500,
  provider: null,
  versions: { switchyard: '0.1.0', node: 'v20.19.0', platform: 'linux x64', onnxruntime: null },
  memory: [{ time: TIME, rss_bytes: 1024 }],
  memoryReason: null,
  in_flight: [{ request_id: 'r1', input_hashes: ['aa'], bytes: 10 }],
  config: { port: 8768 },
  lines: [],
  runFirstSeq: 0,
  ...given,
})

const cardOf = (given: Partial<CrashReport> = {}) =>
  createCrashCard(reportOf(given), () => '0123abcd')

describe('a card', () => {
  it('satisfies its schema, and its id sorts by time', () => {
    const card = cardOf()
    expect(crashCardSchema.parse(card)).toEqual(card)
    expect(card.id).toBe('20260131T235959123Z-emotion-0123abcd')
    expect(card.exit.words).toBe('exit code 3: could not load its model')
  })

  it('gives the reason why a program could not be started', () => {
    const exit = { code: null, signal: null, failure: quoted('spawn pyton ENOENT') }
    const card = cardOf({ exit, uptime_ms: null })
    expect(card.exit.words).toBe('could not be started: spawn pyton ENOENT')
    expect(card.cause?.code).toBe('program_not_found')
  })

  it('holds the newest lines and counts the others', () => {
    const lines = Array.from({ length: CARD_LOG_LINES_MAX + 5 }, (_, seq) => lineOf(seq))
    const card = cardOf({ lines })
    expect(card.log).toHaveLength(CARD_LOG_LINES_MAX)
    expect(card.log.at(-1)?.seq).toBe(CARD_LOG_LINES_MAX + 4)
    expect(card.log_omitted).toBe(5)
  })

  it('holds no more bytes of log than its bound, and the newest whole', () => {
    const long = 'x'.repeat(16_384)
    const lines = Array.from({ length: 500 }, (_, seq) => lineOf(seq, long))
    const card = cardOf({ lines })
    expect(Buffer.byteLength(JSON.stringify(card.log))).toBeLessThan(CARD_LOG_BYTES_MAX * 1.01)
    expect(card.log.at(-1)).toEqual(lines.at(-1))
    expect(card.log.length + card.log_omitted).toBe(500)
    expect(card.log.length).toBeGreaterThan(100)
  })

  it('judges by the lines of the run that ended alone', () => {
    const lines = [lineOf(1, "ModuleNotFoundError: No module named 'torch'"), lineOf(2)]
    expect(cardOf({ lines, runFirstSeq: 1 }).cause?.code).toBe('python_module_missing')
    const next = cardOf({ lines, runFirstSeq: 2 })
    expect(next.cause).toBeNull()
    expect(next.log).toHaveLength(2)
  })

  it('limits requests and memory, and counts the omitted requests', () => {
    const request = { request_id: 'r', input_hashes: [], bytes: null }
    const card = cardOf({
      in_flight: Array.from({ length: 1003 }, () => request),
      memory: Array.from({ length: 700 }, (_, time) => ({ time, rss_bytes: null })),
      memoryReason: quoted('the backend did not say'),
    })
    expect(card.in_flight).toHaveLength(1000)
    expect(card.in_flight_omitted).toBe(3)
    expect(card.memory).toHaveLength(600)
    expect(card.memory.at(-1)?.time).toBe(699)
    expect(crashCardSchema.parse(card)).toEqual(card)
  })
})

describe('the event of an end', () => {
  const MISSING =
    'No such file: /m/a.onnx. Correct the path in model; a relative path starts at /m.'
  it('gives the line that proves the cause, and nothing twice', () => {
    const card = cardOf({ lines: [lineOf(1, MISSING)] })
    expect(card.cause?.code).toBe('model_missing')
    expect(endMessage(card, quoted(MISSING)).message).toBe(MISSING)
  })
  it('adds the cause where the reason is another line', () => {
    const card = cardOf({ lines: [lineOf(1, MISSING), lineOf(2, 'gave up')] })
    expect(endMessage(card, quoted('gave up')).message).toBe(
      'gave up; likely cause: The model file a.onnx is missing.',
    )
  })
  it('does not repeat why a program could not be started', () => {
    const card = cardOf({
      exit: { code: null, signal: null, failure: quoted('spawn pyton ENOENT') },
    })
    expect(endMessage(card, null).message).toBe('could not be started: spawn pyton ENOENT')
  })
})
