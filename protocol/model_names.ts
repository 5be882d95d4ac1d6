import type { OnnxHeader } from './models.ts'

/** By class number; null if absent or in an unknown form. */
export function namesIn(metadata: OnnxHeader['metadata']): string[] | null {
  const text = metadata['names']
  if (text === undefined) return null
  const names = new Map<number, string>()
  // A Python literal, {0: 'a', 1: "b's"} or ['a', 'b'], or the same as JSON.
  const isList = text.trimStart().startsWith('[')
  for (const [, number, quoted = ''] of text.matchAll(NAME)) {
    names.set(isList || number === undefined ? names.size : Number(number), unquoted(quoted))
  }
  const labels = Array.from({ length: names.size }, (_, index) => names.get(index))
  return names.size > 0 && labels.every((label) => label !== undefined) ? labels : null
}

const NAME = /(?:['"]?(\d+)['"]?\s*:\s*)?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/g

const unquoted = (literal: string): string => literal.slice(1, -1).replace(/\\(.)/g, '$1')
