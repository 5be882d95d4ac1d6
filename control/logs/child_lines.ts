/** From the raw output of a process to log lines: split, cleaned of ANSI codes, parsed where the format is known. */
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'
import type { LogLevel } from '../../protocol/control.ts'
import type { OutputStream } from '../launcher/launcher.ts'
import type { NewLine } from './log_store.ts'

/** A longer line is cut: no line may fill the memory. */
export const LINE_LENGTH_MAX = 16_384

/** Splits a stream into lines. Broken UTF-8 becomes replacement characters; an endless line is cut at the bound. */
export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8')
  private readonly onLine: (line: string) => void
  private rest = ''
  private isCutting = false

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine
  }

  push(chunk: Buffer): void {
    this.consume(this.decoder.write(chunk))
  }

  /** Emits what is left without a line end. */
  end(): void {
    this.consume(this.decoder.end())
    if (this.rest !== '') this.emit(this.rest)
    this.rest = ''
  }

  private consume(text: string): void {
    const parts = text.split('\n')
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1
      if (!this.isCutting) this.rest += part
      if (!this.isCutting && this.rest.length > LINE_LENGTH_MAX) {
        this.emit(
          `${this.rest.slice(0, LINE_LENGTH_MAX)}… (line cut at ${LINE_LENGTH_MAX} characters)`,
        )
        this.rest = ''
        this.isCutting = true
      }
      if (isLast) return
      if (!this.isCutting) this.emit(this.rest)
      this.rest = ''
      this.isCutting = false
    }
  }

  private emit(line: string): void {
    const clean = stripVTControlCharacters(line).trimEnd()
    if (clean !== '') this.onLine(clean)
  }
}

/** pino's numbers, https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object */
const PINO_LEVELS: Record<number, LogLevel> = {
  10: 'debug',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'error',
}
const LEVEL_WORD = /\b(DEBUG|TRACE|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL|[EW](?=:))\b/
const LEVEL_OF_WORD: Record<string, LogLevel> = {
  DEBUG: 'debug',
  TRACE: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  W: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
  E: 'error',
}

/** A line of a child as a log line of `source`. Never throws: what is no known format is kept as it came. */
export function parseChildLine(line: string, source: string, stream: OutputStream): NewLine {
  return parsePino(line, source) ?? parsePlain(line, source, stream)
}

function parsePino(line: string, source: string): NewLine | null {
  if (!line.startsWith('{')) return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { level, time, msg, request_id, name: _name, ...fields } = value as Record<string, unknown>
  const known = typeof level === 'number' ? PINO_LEVELS[level] : undefined
  if (known === undefined || typeof msg !== 'string') return null
  return {
    source,
    level: known,
    message: msg,
    ...(typeof time === 'number' ? { time } : {}),
    ...(typeof request_id === 'string' ? { request_id } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  }
}

function parsePlain(line: string, source: string, stream: OutputStream): NewLine {
  const word = LEVEL_WORD.exec(line.slice(0, 80))?.[1]
  const level = (word === undefined ? undefined : LEVEL_OF_WORD[word]) ?? fallbackOf(stream)
  return { source, level, message: line }
}

const fallbackOf = (stream: OutputStream): LogLevel => (stream === 'stderr' ? 'warn' : 'info')
