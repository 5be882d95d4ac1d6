import { styleText } from 'node:util'
import { printable, printableJson } from '../protocol/printable.ts'
import { MIB } from '../protocol/bytes.ts'

type Colour = 'red' | 'yellow' | 'green'
const COLOURS: Readonly<Record<string, Colour>> = {
  ready: 'green',
  degraded: 'yellow',
  backoff: 'yellow',
  unreachable: 'red',
  failed: 'red',
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
}

/** Pads and sanitizes all cells except the last column. Colours the words of COLOURS if the terminal supports it. */
export function columns(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(printable))
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
    }
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => {
        const padding = index === row.length - 1 ? 0 : (widths[index] ?? 0) - cell.length
        return `${coloured(cell)}${' '.repeat(padding)}`
      })
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/**
 * Node omits colours when the output is not a terminal and for NO_COLOR:
 * https://nodejs.org/api/util.html#utilstyletextformat-text-options
 */
export function coloured(word: string): string {
  const colour = COLOURS[word]
  return colour === undefined ? word : styleText(colour, word)
}

export const mebibytes = (bytes: number | null) =>
  bytes === null ? 'n/a' : `${Math.round(bytes / MIB)} MiB`
export const milliseconds = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? '-' : `${ms.toFixed(1)} ms`
export const json = (value: unknown) => `${printableJson(JSON.stringify(value, null, 2))}\n`
