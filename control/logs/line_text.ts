/** Log lines as JSON for files and threads, and as readable text. Without packages, since it runs in the search thread. */
import type { LogLine } from '../../protocol/control.ts'
import { indentLines, printableJson, printableLines } from '../../protocol/printable.ts'
import { messageOf } from '../../protocol/errors.ts'

/** Without a line end. Never throws: fields that cannot be serialized are replaced by the reason. */
export function lineToJson(line: LogLine): string {
  try {
    return printableJson(JSON.stringify(line))
  } catch (error) {
    const reason = messageOf(error)
    return printableJson(JSON.stringify({ ...line, fields: { unreadable: reason } }))
  }
}

/** null for an invalid line: a power cut may damage the end of a file. */
export function lineFromJson(text: string): LogLine | null {
  try {
    const value = JSON.parse(text) as Partial<LogLine> | null
    const isLine =
      typeof value?.seq === 'number' &&
      typeof value.time === 'number' &&
      typeof value.level === 'string' &&
      typeof value.source === 'string' &&
      typeof value.message === 'string'
    return isLine ? (value as LogLine) : null
  } catch {
    return null
  }
}

/** `2026-01-02T03:04:05.678Z WARN  emotion [request 7f…] text {"fields":…}`. Sanitized, since older versions stored raw lines. */
export function lineToText({ time, level, source, request_id: id, message, fields }: LogLine) {
  const request = id === undefined ? '' : ` [request ${id}]`
  const extra = fields === undefined ? '' : ` ${printableJson(JSON.stringify(fields))}`
  const text = `${level.toUpperCase().padEnd(5)} ${source}${request} ${message}${extra}`
  return `${timeToText(time)} ${indentLines(printableLines(text))}`
}

/** Limit of Date (ECMA-262); a process may log any number. */
const TIME_MAX_MS = 8.64e15

const timeToText = (time: number) =>
  Math.abs(time) <= TIME_MAX_MS ? new Date(time).toISOString() : String(time)
