/** Parses JSON log lines: pino, bunyan, winston, zap, zerolog, logrus, structlog, loguru, python-json-logger, slog. */
import type { LogLevel } from '../../protocol/control.ts'
import { checkJsonBounds, JSON_DEPTH_MAX } from '../../protocol/json_scan.ts'
import { wordingSchema } from '../../protocol/messages.ts'
import { levelOfNumber, levelOfWord } from './level_names.ts'
import type { NewLine } from './log_store.ts'

type Fields = Record<string, unknown>

/** null unless `line` is a JSON object with a known level and message. Never throws. */
export function parseJsonLine(line: string, source: string): NewLine | null {
  if (!line.startsWith('{')) return null
  const parsed = parseObject(line)
  if (parsed === null) return null
  const record = isFields(parsed['record']) ? fromLoguru(parsed['record']) : parsed
  const level = take(record, LEVEL_KEYS, levelOf)
  const message = level === null ? null : take(record, MESSAGE_KEYS, textOf)
  if (level === null || message === null) return null
  return lineOf(record, source, level, message)
}

/** Allocates only what is kept: it may run for ten thousand lines a second. */
function lineOf(
  record: Fields,
  source: string,
  level: Taken<LogLevel>,
  message: Taken<string>,
): NewLine {
  // pino and bunyan write milliseconds; loggers with string levels write seconds, often fractional.
  const isPino = typeof record[level.key] === 'number'
  const time = take(record, TIME_KEYS, (value) => timeOf(value, isPino))
  const requestId = take(record, REQUEST_KEYS, idOf) ?? nestedRequestId(record)
  const parsed: NewLine = { source, level: level.value, message: message.value }
  if (time !== null) parsed.time = time.value
  if (requestId !== null) parsed.request_id = requestId.value
  for (const key of Object.keys(record)) {
    const isUsed =
      key === level.key || key === message.key || key === time?.key || key === requestId?.key
    if (key === 'wording') {
      parsed.wording = wordingSchema.parse(record[key])
      continue
    }
    // Assigning `__proto__` would change the prototype.
    if (isUsed || key === '__proto__' || (key === 'name' && record[key] === source)) continue
    parsed.fields ??= {}
    parsed.fields[key] = record[key]
  }
  return parsed
}

const LEVEL_KEYS = ['level', 'levelname', 'severity', 'lvl', 'log.level']
const MESSAGE_KEYS = ['msg', 'message', 'event']
const TIME_KEYS = ['time', 'timestamp', 'ts', '@timestamp', 'asctime']
const REQUEST_KEYS = ['request_id', 'requestId', 'req_id', 'reqId']

interface Taken<T> {
  key: string
  value: T
}

function take<T>(record: Fields, keys: string[], read: (value: unknown) => T | null) {
  for (const key of keys) {
    const value = record[key] === undefined ? null : read(record[key])
    if (value !== null) return { key, value }
  }
  return null
}

function levelOf(value: unknown): LogLevel | null {
  if (typeof value === 'number') return levelOfNumber(value)
  return typeof value === 'string' ? levelOfWord(value) : null
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null)

/** 1e11 is the year 5138 in seconds and 1973 in milliseconds; smaller numbers are seconds. */
const SECONDS_MAX = 1e11

function timeOf(value: unknown, isMilliseconds: boolean): number | null {
  if (typeof value === 'number') {
    return isMilliseconds || value >= SECONDS_MAX ? value : value * 1000
  }
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(parsed) ? null : parsed
}

function idOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : null
}

/** pino-http puts it into the request; `req` stays among the fields. */
function nestedRequestId({ req }: Fields): Taken<string> | null {
  const id = isFields(req) ? idOf(req['id']) : null
  return id === null ? null : { key: 'req.id', value: id }
}

function fromLoguru(record: Fields): Fields {
  const { level, time, extra, ...others } = record
  return {
    ...others,
    ...(isFields(extra) ? extra : {}),
    level: isFields(level) ? level['name'] : level,
    time: isFields(time) ? time['timestamp'] : time,
  }
}

function parseObject(line: string): Fields | null {
  try {
    // A line with thousands of nested levels would overflow the stack when it is serialized again.
    if (hasManyContainers(line)) checkJsonBounds(Buffer.from(line))
    const value: unknown = JSON.parse(line)
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/** A cheap check that spares most lines the exact depth. */
function hasManyContainers(line: string): boolean {
  let count = 0
  for (let index = 0; index < line.length; index++) {
    const code = line.charCodeAt(index)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) count++
  }
  return count > JSON_DEPTH_MAX
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
