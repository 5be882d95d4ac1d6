/** Text layout: comments, pre-header lines, header, unit line, delimiter. */
import { readLabel } from './labels.ts'
import { LABEL_LENGTH_MAX } from './signal.ts'
import type { TextLine } from './text_lines.ts'
import { isUnit, splitUnit } from './units.ts'

export type Delimiter = ',' | ';' | '\t' | '|' | ' '

export interface TextLayout {
  delimiter: Delimiter
  labels: string[] | null
  /** Per column, from a unit line or the header; null if absent. */
  units: (string | null)[]
  columns: number
  /** Comments and pre-header lines: their statements apply to the file. */
  remarks: string[]
  firstLine: number
  firstRow: string[]
}

const SAMPLE_LINES = 200

export const isComment = (line: string): boolean => /^\s*(%|#|\/\/)/.test(line)

export const withoutSign = (line: string): string => line.replace(/^\s*(%|#|\/\/)+\s*/, '')

export function layoutOf(lines: Iterable<TextLine>): TextLayout | null {
  const { sample, comments, separator } = sampleOf(lines)
  const typical = typicalLine(sample, separator)
  if (typical === null) return null
  const { delimiter } = typical
  const rows = sample.map(({ line, number }) => ({ line, number, cells: cellsOf(line, delimiter) }))
  const body = typical.cells
  const firstAt = rows.findIndex(({ cells }) => isRow(cells, body))
  const first = rows[firstAt]
  if (first === undefined) return null
  const above = rows.slice(0, firstAt).map(({ line, number, cells }) => ({
    line,
    number,
    cells: delimiter === ' ' ? spacedCells(line, body.length) : cells,
  }))
  const unitRow = above.findLast(({ cells }) => isUnitRow(cells, body.length))
  const headerRow = above.findLast(
    (row) => row !== unitRow && isHeader(row.cells, body.length, unitRow !== undefined),
  )
  const remarks = [
    ...comments.map(({ line }) => line),
    ...above.filter((row) => row !== headerRow && row !== unitRow).map(({ line }) => line),
    // OpenViBE writes the rate into the name of its time column.
    ...(headerRow === undefined ? [] : headerRow.cells.filter((cell) => /hz\b/i.test(cell))),
  ]
  const numbered = headerRow === undefined ? numberedHeader(rows, firstAt) : null
  const named =
    numbered ??
    headerRow?.cells ??
    commentHeader(comments.findLast(({ number }) => number < first.number)?.line, {
      columns: body.length,
      delimiter,
    }) ??
    labelsRemark(remarks, body.length)
  const start = numbered === null ? first : (rows[firstAt + 1] as typeof first)
  const labels = named === null ? null : fitted(named, start.cells)
  const columns = labels?.length ?? withoutEnd(start.cells).length
  return {
    delimiter,
    labels: labels?.map((label) => label.slice(0, LABEL_LENGTH_MAX)) ?? null,
    units: Array.from({ length: columns }, (_, at) => {
      const own = labels === null ? null : splitUnit(labels[at] as string).unit
      return own ?? (unitRow?.cells[at] || null)
    }),
    columns,
    remarks,
    firstLine: start.number,
    firstRow: start.cells,
  }
}

function sampleOf(lines: Iterable<TextLine>): {
  sample: TextLine[]
  comments: TextLine[]
  separator: Delimiter | null
} {
  const sample: TextLine[] = []
  const comments: TextLine[] = []
  let separator: Delimiter | null = null
  for (const one of lines) {
    const stated = /^"?sep=(.)"?$/i.exec(one.line.trim() === 'sep=' ? 'sep=\t' : one.line)?.[1]
    if (sample.length === 0 && stated !== undefined) separator = stated as Delimiter
    else if (isComment(one.line)) comments.push({ ...one, line: withoutSign(one.line) })
    else sample.push(one)
    if (sample.length >= SAMPLE_LINES || comments.length >= SAMPLE_LINES) break
  }
  return { sample, comments, separator }
}

/** The last line with the most numbers: headers and event lines have few. */
function typicalLine(
  sample: readonly TextLine[],
  separator: Delimiter | null,
): { delimiter: Delimiter; cells: string[] } | null {
  let best: { delimiter: Delimiter; cells: string[] } | null = null
  let most = 1
  for (const { line } of sample) {
    const delimiter = separator ?? delimiterOf(line)
    const cells = cellsOf(line, delimiter)
    const numbers = cells.filter((cell) => !Number.isNaN(numberOf(cell))).length
    if (numbers < most) continue
    best = { delimiter, cells }
    most = numbers
  }
  return best
}

function delimiterOf(line: string): Delimiter {
  return ([';', '\t', '|', ','] as const).find((one) => line.includes(one)) ?? ' '
}

export function cellsOf(line: string, delimiter: Delimiter): string[] {
  if (delimiter === ' ') return line.trim().split(/\s+/).map(unquoted)
  if (!line.includes('"')) return line.split(delimiter).map((cell) => unquoted(cell.trim()))
  const cells: string[] = []
  let cell = ''
  let inQuotes = false
  for (const char of line) {
    if (char === '"') inQuotes = !inQuotes
    else if (char === delimiter && !inQuotes) {
      cells.push(cell.trim())
      cell = ''
    } else cell += char
  }
  return [...cells, cell.trim()]
}

/** PhysioNet's tools put names and times in single quotes. */
const unquoted = (cell: string) =>
  cell.startsWith('"') || cell.startsWith("'") ? cell.replace(/^(["'])(.*)\1$/, '$2').trim() : cell

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
/** 1.234,56 and 1,234.56: with both signs the first one groups thousands. */
const GROUPED = /^[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:,\d{3})+\.\d+)$/
const MINUS = /[\u2212\u2013\ufe63\uff0d]/g

/** NaN if the cell is not a plain number. */
export function numberOf(cell: string): number {
  if (NUMBER.test(cell)) return Number(cell)
  // A comma inside a cell is a decimal comma; some programs write a typographic minus.
  const plain = cell.replace(',', '.').replace(MINUS, '-')
  if (NUMBER.test(plain)) return Number(plain)
  return GROUPED.test(cell) ? Number(cell.replace(/[.,](?=.*[.,])/g, '').replace(',', '.')) : NaN
}

const MISSING = /^(|[+-]?nan|[+-]?inf(inity)?|null|none|na|n\/a|#n\/a|\?)$/i
export const isMissing = (cell: string): boolean => MISSING.test(cell)

/** Like the typical line: as many cells (plus or minus an empty one), numbers in the same places. */
function isRow(cells: readonly string[], body: readonly string[]): boolean {
  if (
    Math.abs(withoutEnd(cells).length - withoutEnd(body).length) > 1 &&
    cells.length !== body.length
  )
    return false
  const numeric = body.flatMap((cell, at) => (Number.isNaN(numberOf(cell)) ? [] : [at]))
  if (numeric.length === 0) return false
  const isValue = (cell = '') => isMissing(cell) || !Number.isNaN(numberOf(cell))
  return (
    numeric.filter((at) => !isValue(cells[at])).length * 2 < numeric.length &&
    numeric.some((at) => !Number.isNaN(numberOf(cells[at] ?? '')))
  )
}

function spacedCells(line: string, columns: number): string[] {
  const bare = line.trim()
  const ways = [bare.split(/\s+/), bare.split(/\s{2,}|\t/), [bare]].map((way) => way.map(unquoted))
  return ways.find(({ length }) => length === columns) ?? (ways[0] as string[])
}

function isUnitRow(cells: readonly string[], columns: number): boolean {
  return (
    Math.abs(cells.length - columns) <= 1 &&
    cells.some(isUnit) &&
    cells.every((cell) => cell === '' || isUnit(cell)) &&
    !cells.every((cell) => cell === '' || readLabel(cell).kind === 'time')
  )
}

function isHeader(cells: readonly string[], columns: number, hasUnits: boolean): boolean {
  if (Math.abs(cells.length - columns) > 1) return false
  const words = cells.filter((cell) => /\p{L}/u.test(cell))
  // A name and a number, such as "Subject,5", describe the file.
  const hasNumbers = cells.some((cell) => /^[\d.]+$/.test(cell))
  return hasUnits || (words.length > 0 && (!hasNumbers || words.some(isChannelOrTime)))
}

function isChannelOrTime(cell: string): boolean {
  return ['electrode', 'pair', 'generic', 'time'].includes(readLabel(cell).kind)
}

/** A numbered header: `0,1,2`, as pandas writes for unnamed columns, above decimals. */
function numberedHeader(rows: readonly { cells: string[] }[], firstAt: number): string[] | null {
  const [cells, next] = [rows[firstAt]?.cells ?? [], rows[firstAt + 1]?.cells ?? []]
  const names = cells[0] === '' ? cells.slice(1) : cells
  const first = Number(names[0])
  const isCounted =
    names.length > 1 &&
    (first === 0 || first === 1) &&
    names.every((cell, at) => cell === String(first + at))
  const hasDecimals = next.some((cell) => numberOf(cell) % 1 !== 0 && /\d[.,]\d/.test(cell))
  return isCounted && hasDecimals ? cells : null
}

/** A header behind a comment sign, as from `numpy.savetxt`. */
function commentHeader(
  comment: string | undefined,
  { columns, delimiter }: { columns: number; delimiter: Delimiter },
): string[] | null {
  const cells = cellsOf(comment ?? '', delimiter)
  return cells.length === columns && cells.some(isChannelOrTime) ? cells : null
}

/** `labels:COUNTER AF3 T7`: old Emotiv files name their columns at the top. */
function labelsRemark(remarks: readonly string[], columns: number): string[] | null {
  for (const line of remarks) {
    const labels = /labels:\s*([^,;]+)/i.exec(line)?.[1]?.trim().split(/\s+/)
    if (labels?.length === columns) return labels
  }
  return null
}

/** Aligns names with rows: one more for row names, one fewer for trailing delimiters. */
function fitted(labels: readonly string[], row: readonly string[]): string[] {
  const cells = withoutEnd(row)
  if (cells.length === labels.length + 1) return ['', ...labels]
  const isEnd = labels.length > 1 && labels.at(-1) === '' && !row[labels.length - 1]
  return isEnd ? labels.slice(0, -1) : [...labels]
}

/** Some recorders end every line with a delimiter. */
export function withoutEnd(cells: readonly string[]): readonly string[] {
  return cells.length > 1 && cells.at(-1) === '' ? cells.slice(0, -1) : cells
}
