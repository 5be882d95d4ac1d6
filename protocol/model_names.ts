/** Names of the classes, as exporters write them into the metadata of a model file. */
import type { OnnxHeader } from './models.ts'

/** Class names by class number; null when the file has none, or in a form that is not known. */
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
