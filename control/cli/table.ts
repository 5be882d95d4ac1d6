/** Plain text for a terminal: columns and figures. */

/** Columns as wide as their widest cell; the last one as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
    }
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

const MEBIBYTE = 1024 ** 2
export const mebibytes = (bytes: number | null) =>
  bytes === null ? 'n/a' : `${Math.round(bytes / MEBIBYTE)} MiB`
export const milliseconds = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? '-' : `${ms.toFixed(1)} ms`
export const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
