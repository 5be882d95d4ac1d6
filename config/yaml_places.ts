import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { lineEndOf } from './yaml_lines.ts'

export type YamlPath = readonly (string | number)[]
export type Collection = YAMLMap | YAMLSeq

export interface Entry {
  collection: Collection
  at: number
  key: Scalar | null
  value: Node | null
  /** Offset after the colon; null without one. */
  afterColon: number | null
}

/** Valid YAML in a form that cannot be edited in place: an alias, a key with `?`, a tag. `at` is its offset, null if unknown. */
export class Uneditable extends Error {
  readonly at: number | null

  constructor(at: number | null) {
    super(`the entry at offset ${at ?? 'unknown'} cannot be changed in place`)
    this.name = 'Uneditable'
    this.at = at
  }
}

/** Keeps the tokens: only they hold the positions of the colons. */
export function parseForEdit(text: string): Document {
  return parseDocument(text, { keepSourceTokens: true })
}

/** The existing entries along `path`. Throws Uneditable when the path crosses an alias. */
export function entriesAlong(root: unknown, path: YamlPath): Entry[] {
  const entries: Entry[] = []
  let node = root
  for (const part of path) {
    if (isAlias(node)) throw new Uneditable(node.range?.[0] ?? 0)
    if (!isMap(node) && !isSeq(node)) return entries
    const entry = entriesOf(node).find(({ key }, index) =>
      key === null ? index === part : String(key.value) === String(part),
    )
    if (entry === undefined) return entries
    entries.push(entry)
    node = entry.value
  }
  return entries
}

/** Throws Uneditable for keys that are not scalars. */
export function entriesOf(collection: Collection): Entry[] {
  return isMap(collection)
    ? collection.items.map((pair) => entryOfPair(collection, pair))
    : collection.items.map((item) => {
        const value = isNode(item) ? item : null
        const at = value?.range?.[0]
        if (at === undefined) throw new Uneditable(collection.range?.[0] ?? 0)
        return { collection, at, key: null, value, afterColon: null }
      })
}

function entryOfPair(collection: YAMLMap, pair: Pair): Entry {
  const { key, value, srcToken } = pair
  const at = isScalar(key) ? key.range?.[0] : undefined
  if (!isScalar(key) || at === undefined) throw new Uneditable(collection.range?.[0] ?? 0)
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind')
  return {
    collection,
    at,
    key,
    value: isNode(value) ? value : null,
    afterColon: colon === undefined ? null : colon.offset + 1,
  }
}

export function isBlockCollection(node: unknown): node is Collection {
  return isCollection(node) && node.flow !== true && node.items.length > 0
}

export function isBlockScalar(node: unknown): node is Scalar {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
}

/** Start of the next line. The last entry of a collection decides: an empty value's range includes following comments. */
export function endOfEntry(text: string, entry: Entry): number {
  if (isBlockCollection(entry.value)) {
    const last = entriesOf(entry.value).at(-1)
    if (last !== undefined) return endOfEntry(text, last)
  }
  const [from, to] = entry.value?.range ?? []
  const isEmpty = from === undefined || to === undefined || from === to
  const end = isEmpty ? (entry.afterColon ?? entry.key?.range?.[1]) : to
  if (end === undefined) throw new Uneditable(entry.at)
  return isBlockScalar(entry.value) && text[end - 1] === '\n' ? end : lineEndOf(text, end)
}
