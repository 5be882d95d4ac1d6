/** The lines around an entry of a YAML text: blank lines, comments, line ends. Knows no YAML syntax beyond `#`. */

export interface EntryLines {
  from: number
  to: number
  indent: number
}

export function lineStartOf(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1
}

export function lineEndOf(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline + 1
}

export const isBlank = (line: string) => line.trim() === ''
const isComment = (line: string) => line.trimStart().startsWith('#')
const indentOf = (line: string) => line.length - line.trimStart().length

/** Start of the comment lines directly above the line at `from` with the same indentation. */
export function startOfCommentsAbove(text: string, from: number): number {
  const indent = indentOf(text.slice(from, lineEndOf(text, from)))
  let start = from
  for (;;) {
    const line = previousLine(text, start)
    if (line === null || !isComment(line.text) || indentOf(line.text) !== indent) return start
    start = line.from
  }
}

export function startOfBlanksAbove(text: string, from: number): number {
  let start = from
  for (;;) {
    const line = previousLine(text, start)
    if (line === null || !isBlank(line.text)) return start
    start = line.from
  }
}

/** End of the comments below an entry that are indented deeper than its key, including blank lines between them. */
export function endOfCommentsBelow(text: string, { to, indent }: EntryLines): number {
  const isOwn = (line: string) => isComment(line) && indentOf(line) > indent
  let end = to
  for (;;) {
    const next = skipLines(text, end, isBlank)
    const after = skipLines(text, next, isOwn)
    if (after === next) return end
    end = after
  }
}

export function skipLines(
  text: string,
  from: number,
  isSkipped: (line: string) => boolean,
): number {
  let at = from
  while (at < text.length && isSkipped(text.slice(at, lineEndOf(text, at))))
    at = lineEndOf(text, at)
  return at
}

/** The line that ends at `from`, with its line end; null at the start of the text. */
export function previousLine(text: string, from: number): { from: number; text: string } | null {
  if (from === 0) return null
  const start = lineStartOf(text, from - 1)
  return { from: start, text: text.slice(start, from) }
}

/** Inserts whole lines at a line start, or after a last line without a line end, which the result then still lacks. */
export function insertLines(text: string, at: number, lines: readonly string[]): string {
  const eol = eolOf(text)
  const isAfterOpenLine = at > 0 && text[at - 1] !== '\n'
  const joined = lines.join(eol)
  return splice(text, at, at, isAfterOpenLine ? `${eol}${joined}` : `${joined}${eol}`)
}

export const eolOf = (text: string) => (text.includes('\r\n') ? '\r\n' : '\n')

export const splice = (text: string, from: number, to: number, inserted: string) =>
  text.slice(0, from) + inserted + text.slice(to)
