/** Readable JSON: short lists on one line, long lists cut with their length. */
const LINE_LENGTH_MAX = 56
/** A face mesh has 468 points; nobody reads them. */
const LIST_SHOWN_MAX = 8
const LIST_SHOWN_CUT = 3

export function prettyJson(text: string): string {
  try {
    return pretty(JSON.parse(text), '')
  } catch {
    return text
  }
}

function pretty(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isCut = Array.isArray(value) && value.length > LIST_SHOWN_MAX
  const flat = isCut ? null : flatOf(value)
  if (flat !== null && flat.length + indent.length <= LINE_LENGTH_MAX) return flat
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const shown = isCut ? value.slice(0, LIST_SHOWN_CUT) : value
    const lines = shown.map((entry) => inner + pretty(entry, inner))
    if (isCut) lines.push(`${inner}… ${value.length - LIST_SHOWN_CUT} more of ${value.length}`)
    return `[\n${lines.join(',\n')}\n${indent}]`
  }
  const lines = Object.entries(value).map(
    ([key, entry]) => `${inner}${JSON.stringify(key)}: ${pretty(entry, inner)}`,
  )
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`
}

/** On one line; null if something inside would be cut. */
function flatOf(value: object): string | null {
  const entries: unknown[] = Object.values(value)
  if (entries.length > LIST_SHOWN_MAX) return null
  const parts: string[] = []
  for (const entry of entries) {
    const isLeaf = typeof entry !== 'object' || entry === null
    const part = isLeaf ? JSON.stringify(entry) : flatOf(entry)
    if (part === null) return null
    parts.push(part)
  }
  if (Array.isArray(value)) return `[${parts.join(', ')}]`
  const keys = Object.keys(value)
  return parts.length === 0
    ? '{}'
    : `{ ${keys.map((key, index) => `${JSON.stringify(key)}: ${parts[index]}`).join(', ')} }`
}
