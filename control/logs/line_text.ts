/** A log line as text: JSON for files and threads, and a form for reading. Without any package: the search thread uses it too. */
import type { LogLine } from '../../protocol/control.ts'
import { indentLines, printableJson, printableLines } from '../../protocol/printable.ts'
import { messageOf } from '../../protocol/errors.ts'

/** One line of JSON without a line end. Never throws: fields that are no JSON are replaced by the reason. */
export function lineToJson(line: LogLine): string {
  try {
    return printableJson(JSON.stringify(line))
  } catch (error) {
    const reason = messageOf(error)
    return printableJson(JSON.stringify({ ...line, fields: { unreadable: reason } }))
  }
}

/** null for what is no log line: the end of a file may be damaged when the machine lost its power. */
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

/**
 * `2026-01-02T03:04:05.678Z WARN  emotion [request 7f…] text {"fields":…}`. Further lines of a message are indented. The files of earlier
 * versions hold lines that nobody cleaned.
 */
export function lineToText({ time, level, source, request_id: id, message, fields }: LogLine) {
  const request = id === undefined ? '' : ` [request ${id}]`
  const extra = fields === undefined ? '' : ` ${printableJson(JSON.stringify(fields))}`
  const text = `${level.toUpperCase().padEnd(5)} ${source}${request} ${message}${extra}`
  return `${timeToText(time)} ${indentLines(printableLines(text))}`
}

/** 8.64e15 ms is the last moment of a Date (ECMA-262); a process may write any number. */
const TIME_MAX_MS = 8.64e15

const timeToText = (time: number) =>
  Math.abs(time) <= TIME_MAX_MS ? new Date(time).toISOString() : String(time)
