/** Class names from the files of training tools. Class numbers are kept; gaps become unnamed classes. */
import path from 'node:path'
import { parse as parseYaml } from 'yaml'
import { readRegularFile } from '../../files/regular_file.ts'
import { decodePlainText } from '../../files/text_encoding.ts'
import { MessageError, messageOf, saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'

/** The largest lists in use have about 20,000 short names. */
const FILE_BYTES_MAX = 16 * 1024 ** 2
/** A larger class number is a mistake: the list would be mostly gaps. */
const CLASSES_MAX = 1_000_000

/** Rejects with the path, the fault and the remedy. */
export async function readLabels(file: string): Promise<string[]> {
  try {
    return parseLabels(await readRegularFile(file, FILE_BYTES_MAX), file)
  } catch (cause) {
    throw new MessageError(message('labels.file', { file, reason: saidBy(cause) }), { cause })
  }
}

/**
 * By class number; empty for unnamed classes. Accepts lines, JSON (list, `id2label`, names by number, numbers by
 * name), YAML (`names`) and CSV, in UTF-8 or UTF-16. Throws an error with fault and remedy.
 */
export function parseLabels(bytes: Uint8Array, fileName: string): string[] {
  const text = textOf(bytes)
  if (text.trim() === '') throw new MessageError(message('labels.empty'))
  const labels = READERS[formatOf(text, path.extname(fileName).toLowerCase())](text)
  if (labels.every((label) => label === '')) throw new MessageError(message('labels.none'))
  return labels
}

function textOf(bytes: Uint8Array): string {
  const text = readableTextOf(bytes)
  // UTF-16 that starts outside ASCII, UTF-32, or not text.
  if (text.includes('\0')) throw new MessageError(message('labels.nul'))
  return text
}

function readableTextOf(bytes: Uint8Array): string {
  try {
    return decodePlainText(bytes)
  } catch (cause) {
    throw new MessageError(message('labels.encoding', { reason: saidBy(cause) }), { cause })
  }
}

type Format = 'lines' | 'json' | 'yaml' | 'csv' | 'label_map'

const FORMATS: Record<string, Format> = {
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.pbtxt': 'label_map',
}

function formatOf(text: string, extension: string): Format {
  const known = FORMATS[extension]
  if (known !== undefined) return known
  const start = text.trimStart()
  if (isJson(start)) return 'json'
  if (/^(names|labels|classes):\s*(\r|\n|\[|\{)/m.test(start)) return 'yaml'
  if (/^item\s*\{/.test(start)) return 'label_map'
  return hasNameColumn(start) ? 'csv' : 'lines'
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A text file whose first line can only be a table header. */
function hasNameColumn(text: string): boolean {
  const [head = [], ...rows] = cellsOf(text)
  return head.length > 1 && nameColumnOf(head) !== -1 && rows.length > 0 && isEven(head, rows)
}

const isEven = (head: readonly string[], rows: readonly string[][]) =>
  rows.every((row) => row.length === head.length)

const READERS: Record<Format, (text: string) => string[]> = {
  lines: labelsOfLines,
  json: (text) => labelsOfValue(parsed('JSON', text, JSON.parse)),
  // The failsafe schema keeps values as text: a class may be called no, on, null or 1.0.
  yaml: (text) => labelsOfValue(parsed('YAML', text, (yaml) => parseYaml(yaml, FAILSAFE))),
  csv: labelsOfTable,
  label_map: () => {
    throw new MessageError(message('labels.pbtxt'))
  },
}

const FAILSAFE = { schema: 'failsafe' } as const

function parsed(kind: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text)
  } catch (cause) {
    const [reason = ''] = messageOf(cause).split('\n')
    throw new MessageError(message('labels.invalid', { kind, reason: reason.replace(/:$/, '') }), {
      cause,
    })
  }
}

function labelsOfLines(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim())
  while (lines.at(-1) === '') lines.pop()
  return byLeadingNumber(lines) ?? lines
}

/** `0 red`, `1: green`. Null if ambiguous: a label may start with a number (`1 euro`, `2 euro`). */
function byLeadingNumber(lines: readonly string[]): string[] | null {
  const named = lines.filter((line) => line !== '').map((line) => NUMBERED.exec(line))
  const entries: [number, string][] = []
  for (const match of named) {
    if (match === null) return null
    entries.push([Number(match[1]), match[2] ?? ''])
  }
  const isAscending = entries.every(([number], index) => number > (entries[index - 1]?.[0] ?? -1))
  const hasTwins = new Set(entries.map(([, label]) => label)).size < entries.length
  if (entries.length < 2 || entries[0]?.[0] !== 0 || !isAscending || hasTwins) return null
  return byNumber(entries)
}

const NUMBERED = /^(\d{1,6})\s*[\s:,;]\s*(\S.*)$/

/** Keys that hold the labels in a larger document, in order of preference. */
const LABEL_KEYS = ['id2label', 'label2id', 'names', 'labels', 'classes', 'categories'] as const

function labelsOfValue(value: unknown): string[] {
  if (Array.isArray(value)) return labelsOfList(value)
  if (!isRecord(value)) throw new MessageError(message('labels.no_list'))
  const key = LABEL_KEYS.find((one) => Object.hasOwn(value, one) && typeof value[one] === 'object')
  if (key !== undefined && value[key] !== null) return labelsOfValue(value[key])
  const entries = Object.entries(value)
  if (entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))) {
    return byNumber(entries.map(([name, label]) => [Number(name), labelOf(label, name)]))
  }
  if (entries.length > 0 && entries.every(([, number]) => isClassNumber(number))) {
    return byNumber(entries.map(([name, number]) => [Number(number), name]))
  }
  const keys = entries.slice(0, 5).map(([name]) => name)
  throw new MessageError(
    message('labels.keys', { keys: keys.join(', '), known: LABEL_KEYS.join(', ') }),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isClassNumber = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isInteger(value)) ||
  (typeof value === 'string' && /^\d+$/.test(value))

/** A list of names, or of objects with `name` (and `id`, like COCO's categories). */
function labelsOfList(list: readonly unknown[]): string[] {
  const ids = list.map((one) => (isRecord(one) && !Array.isArray(one) ? one['id'] : undefined))
  if (list.length > 0 && ids.every(isClassNumber)) {
    const rows = list.map((one, index) => ({ id: Number(ids[index]), one }))
    return byOrder(rows.map(({ id, one }) => [id, labelOf(one, `entry ${id}`)]))
  }
  return list.map((one, index) => labelOf(one, `entry ${index}`))
}

/** A name, an object with one, or ImageNet's pair of synset and name. */
function labelOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number') return String(value)
  if (value === null) return ''
  if (Array.isArray(value) && typeof value.at(-1) === 'string') return labelOf(value.at(-1), place)
  if (isRecord(value)) {
    const key = NAME_COLUMNS.find((one) => typeof value[one] === 'string')
    if (key !== undefined) return labelOf(value[key], place)
  }
  throw new MessageError(message('labels.no_text', { place }))
}

function byNumber(entries: readonly (readonly [number, string])[]): string[] {
  const labels: string[] = []
  const taken = new Set<number>()
  for (const [number, label] of entries) {
    if (number >= CLASSES_MAX) throw new MessageError(message('labels.large', { number }))
    if (taken.has(number)) throw new MessageError(message('labels.twice', { number }))
    taken.add(number)
    labels[number] = label
  }
  return Array.from(labels, (label: string | undefined) => label ?? '')
}

/** Ordered by ids that may start at 1. Rejects gaps, because they may not be class numbers. */
function byOrder(entries: readonly (readonly [number, string])[]): string[] {
  const sorted = entries.toSorted(([a], [b]) => a - b)
  const first = sorted[0]?.[0] ?? 0
  const gap = sorted.find(([id], index) => id !== first + index)
  if (first > 1 || gap !== undefined) {
    throw new MessageError(message('labels.gap', { id: gap?.[0] ?? first }))
  }
  return sorted.map(([, label]) => label)
}

/** Name columns, best first. */
const NAME_COLUMNS = ['display_name', 'name', 'label', 'class_name', 'class', 'tag']
/** Class number columns. `tag_id` and `mid` are catalogue numbers. */
const NUMBER_COLUMNS = ['index', 'class_id', 'class_index', 'id']

const nameColumnOf = (head: readonly string[]) => columnOf(head, NAME_COLUMNS)

function columnOf(head: readonly string[], names: readonly string[]): number {
  const cells = head.map((cell) => cell.toLowerCase())
  return cells.indexOf(names.find((name) => cells.includes(name)) ?? '')
}

function labelsOfTable(text: string): string[] {
  const [head = [], ...rows] = cellsOf(text)
  const isHeadless = nameColumnOf(head) === -1
  const all = isHeadless ? [head, ...rows] : rows
  const width = head.length
  if (!isEven(head, rows)) {
    const place = rows.findIndex((row) => row.length !== width)
    throw new MessageError(
      message('labels.row', { row: place + 2, cells: rows[place]?.length ?? 0, width }),
    )
  }
  const isNumbered = isHeadless && width === 2 && all.every(([first]) => isClassNumber(first))
  const name = isHeadless ? (isNumbered ? 1 : width === 1 ? 0 : -1) : nameColumnOf(head)
  if (name === -1) {
    throw new MessageError(message('labels.columns', { columns: head.join(', ') }))
  }
  const number = isNumbered ? 0 : columnOf(head, NUMBER_COLUMNS)
  const labels = all.map((row) => row[name] ?? '')
  if (number === -1) return labels
  const ids = all.map((row) => row[number])
  if (!ids.every(isClassNumber)) {
    throw new MessageError(
      message('labels.column', {
        column: head[number] ?? '',
        value: ids.find((id) => !isClassNumber(id)) ?? '',
      }),
    )
  }
  return byOrder(labels.map((label, index) => [Number(ids[index]), label]))
}

/** Comma, semicolon or tab separated rows (RFC 4180 quoting). */
function cellsOf(text: string): string[][] {
  const [firstLine = ''] = text.split(/\r\n|\r|\n/, 1)
  const delimiter = ['\t', ';', ','].find((one) => firstLine.includes(one)) ?? ','
  const rows: string[][] = [[]]
  const cell = new RegExp(
    String.raw`("(?:[^"]|"")*"|[^${delimiter}\r\n]*)(${delimiter}|\r\n|\r|\n|$)`,
    'gy',
  )
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    const [, value = '', end = ''] = match
    rows.at(-1)?.push(unquoted(value))
    if (cell.lastIndex >= text.length && end === '') break
    if (end !== delimiter) rows.push([])
    // No row follows the last line end.
    if (cell.lastIndex >= text.length && end !== delimiter) break
  }
  const isBlank = (row: readonly string[] = []) => row.every((value) => value === '')
  while (rows.length > 0 && isBlank(rows.at(-1))) rows.pop()
  return rows
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"').trim() : value.trim()
