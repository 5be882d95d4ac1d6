/** Changes single entries of a YAML text and keeps every other byte. The `yaml` package would reformat the whole file. */
import { isMap, isScalar, isSeq } from 'yaml'
import {
  endOfCommentsBelow,
  eolOf,
  insertLines,
  isBlank,
  lineEndOf,
  lineStartOf,
  previousLine,
  skipLines,
  splice,
  startOfBlanksAbove,
  startOfCommentsAbove,
  type EntryLines,
} from './yaml_lines.ts'
import {
  endOfEntry,
  entriesAlong,
  entriesOf,
  isBlockCollection,
  isBlockScalar,
  parseForEdit,
  Uneditable,
  type Collection,
  type Entry,
  type YamlPath,
} from './yaml_places.ts'
import { blockText, inlineText } from './yaml_print.ts'

/** Sets `value` at `path`, creating missing parents. Throws Uneditable where the form of the text does not allow it. */
export function setIn(text: string, path: YamlPath, value: unknown): string {
  const root = parseForEdit(text).contents
  const entries = entriesAlong(root, path)
  const last = entries.at(-1)
  const [key, ...below] = path.slice(entries.length)
  if (last !== undefined && key === undefined) return replaceValue(text, last, value)
  const nested = below.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
  const container = last === undefined ? root : last.value
  if (isMap(container) && container.items.length > 0) {
    return insertEntry(text, container, { [String(key)]: nested })
  }
  if (isSeq(container) && container.items.length === key) return appendItem(text, container, nested)
  const entry = { [String(key)]: nested }
  if (last !== undefined) return fillValue(text, last, entry)
  if (root !== null && !(isScalar(root) && root.value === null)) throw new Uneditable(null)
  return insertLines(text, text.length, blockText(entry, 0))
}

/** Removes the entry at `path` and its lines; keeps comment lines above it. Ignores a missing entry. */
export function removeIn(text: string, path: YamlPath): string {
  const entries = entriesAlong(parseForEdit(text).contents, path)
  const entry = entries[path.length - 1]
  if (entry === undefined) return text
  return removeEntry(text, entry, entries[path.length - 2], linesOf(text, entry))
}

/** Also removes the comments that belong to the entry, and one of the two surrounding gaps of blank lines. */
export function removeWithComments(text: string, path: YamlPath): string {
  const entries = entriesAlong(parseForEdit(text).contents, path)
  const entry = entries[path.length - 1]
  if (entry === undefined) return text
  const own = linesOf(text, entry)
  const from = startOfCommentsAbove(text, own.from)
  const to = endOfCommentsBelow(text, own)
  const nextFrom = skipLines(text, to, isBlank)
  // Directly below the parent's key counts as a gap.
  const isFirst = from === lineEndOf(text, entries[path.length - 2]?.afterColon ?? 0)
  const hasGapAbove = isFirst || isBlank(previousLine(text, from)?.text ?? '')
  const region =
    nextFrom < text.length
      ? { from, to: hasGapAbove ? nextFrom : to }
      : { from: isFirst ? from : startOfBlanksAbove(text, from), to }
  return removeEntry(text, entry, entries[path.length - 2], region)
}

export function renameIn(text: string, path: YamlPath, name: string): string {
  const entry = entriesAlong(parseForEdit(text).contents, path)[path.length - 1]
  const [from, to] = entry?.key?.range ?? []
  if (entry === undefined || from === undefined || to === undefined) throw new Uneditable(null)
  return splice(text, from, to, inlineText(name, { like: entry.key, isInFlow: false }))
}

/** Appends `section` to the map at `path`, after a blank line if the existing entries are separated by one. */
export function appendSection(
  text: string,
  path: YamlPath,
  name: string,
  section: Record<string, unknown>,
): string {
  const entries = entriesAlong(parseForEdit(text).contents, path)
  const map = entries.length === path.length ? entries.at(-1)?.value : null
  if (!isBlockCollection(map) || !isMap(map)) return setIn(text, [...path, name], section)
  const present = entriesOf(map)
  const last = linesOf(text, present.at(-1))
  const gaps = present
    .slice(1)
    .map((entry) => startOfCommentsAbove(text, linesOf(text, entry).from))
  const isSpaced = gaps.every((from) => isBlank(previousLine(text, from)?.text ?? ''))
  const lines = blockText({ [name]: section }, last.indent)
  return insertLines(text, endOfCommentsBelow(text, last), isSpaced ? ['', ...lines] : lines)
}

export function isBlockList(text: string, path: YamlPath): boolean {
  const entries = entriesAlong(parseForEdit(text).contents, path)
  const value = entries[path.length - 1]?.value
  return isSeq(value) && isBlockCollection(value)
}

function replaceValue(text: string, entry: Entry, value: unknown): string {
  const old = entry.value
  const [from, to] = old?.range ?? []
  if (!old || from === undefined || to === undefined) throw new Uneditable(entry.at)
  const inline = inlineText(value, { like: old, isInFlow: entry.collection.flow === true })
  if (isBlockScalar(old)) {
    const head = text.slice(from, lineEndOf(text, from)).trimEnd()
    const comment = /\s+#.*$/.exec(head)?.[0] ?? ''
    const end = text[to - 1] === '\n' ? eolOf(text) : ''
    return splice(text, from, to, `${inline}${comment}${end}`)
  }
  if (!isBlockCollection(old)) {
    return from === to && entry.afterColon !== null
      ? splice(text, entry.afterColon, entry.afterColon, ` ${inline}`)
      : splice(text, from, to, inline)
  }
  const begin = lineStartOf(text, from)
  if (entry.afterColon === null || !isBlank(text.slice(begin, from))) throw new Uneditable(entry.at)
  const without = splice(text, begin, endOfEntry(text, entry), '')
  return splice(without, entry.afterColon, entry.afterColon, ` ${inline}`)
}

function fillValue(text: string, entry: Entry, map: Record<string, unknown>): string {
  const { value, afterColon, collection } = entry
  const [from = 0, to = 0] = value?.range ?? []
  const isEmpty =
    (isScalar(value) && value.value === null) || (isMap(value) && value.items.length === 0)
  if (!isEmpty || afterColon === null || collection.flow === true) {
    return replaceValue(text, entry, map)
  }
  const { indent } = linesOf(text, entry)
  const lines = blockText(map, indent + STEP)
  const filled = insertLines(text, lineEndOf(text, Math.max(afterColon, to)), lines)
  return from < to ? splice(filled, afterColon, to, '') : filled
}

const STEP = 2

function insertEntry(text: string, map: Collection, entry: Record<string, unknown>): string {
  const last = entriesOf(map).at(-1)
  if (last === undefined) throw new Uneditable(null)
  if (map.flow === true) {
    const [[key, value]] = Object.entries(entry) as [[string, unknown]]
    const inline = [key, value].map((one) => inlineText(one, { like: null, isInFlow: true }))
    const end = last.value?.range?.[1] ?? last.key?.range?.[1]
    if (end === undefined) throw new Uneditable(last.at)
    return splice(text, end, end, `, ${inline.join(': ')}`)
  }
  return insertLines(text, endOfEntry(text, last), blockText(entry, linesOf(text, last).indent))
}

function appendItem(text: string, list: Collection, value: unknown): string {
  const last = entriesOf(list).at(-1)
  const from = last?.value?.range?.[0]
  if (last === undefined || from === undefined || list.flow === true) throw new Uneditable(null)
  // Copies the spaces around the dash of the last item.
  const dash = text.slice(lineStartOf(text, from), from)
  if (!/^\s*-\s+$/.test(dash)) throw new Uneditable(last.at)
  const inline = inlineText(value, { like: null, isInFlow: false })
  return insertLines(text, endOfEntry(text, last), [`${dash}${inline}`])
}

/** Throws Uneditable for a block entry that does not start its line. */
function linesOf(text: string, entry: Entry | undefined): EntryLines {
  if (entry === undefined) throw new Uneditable(null)
  const from = lineStartOf(text, entry.at)
  const before = text.slice(from, entry.at)
  if (entry.collection.flow !== true && !/^\s*(-\s+)?$/.test(before)) throw new Uneditable(entry.at)
  return { from, to: endOfEntry(text, entry), indent: entry.at - from }
}

function removeEntry(
  text: string,
  entry: Entry,
  parent: Entry | undefined,
  region: { from: number; to: number },
): string {
  if (entry.collection.flow === true) return removeFromFlow(text, entry)
  const without = splice(text, region.from, region.to, '')
  if (entry.collection.items.length > 1) return without
  // A key without a value would be null, so `{}` is left.
  const after = parent?.afterColon ?? null
  if (after === null) throw new Uneditable(entry.at)
  return splice(without, after, after, isMap(entry.collection) ? ' {}' : ' []')
}

function removeFromFlow(text: string, entry: Entry): string {
  const all = entriesOf(entry.collection)
  const index = all.findIndex(({ at }) => at === entry.at)
  const endOf = (one: Entry | undefined) => one?.value?.range?.[1] ?? one?.key?.range?.[1]
  const [from, to] =
    index > 0
      ? [endOf(all[index - 1]), endOf(entry)]
      : [entry.at, all.length > 1 ? all[1]?.at : endOf(entry)]
  if (from === undefined || to === undefined) throw new Uneditable(entry.at)
  return splice(text, from, to, '')
}
