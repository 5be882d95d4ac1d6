/** Reads what a router needs. Long values are cut: strings to their beginning, objects and arrays to empty ones. */
import {
  AttachmentPlaces,
  keyTextOf,
  type AttachmentPlace,
  type TextRange,
} from './json_attachments.ts'
import { JsonScan, type JsonVisitor } from './json_scan.ts'

/** Which keys to read: a value, the values in an array, or keys of an object. */
export interface OutlineKeys {
  readonly [key: string]: 'value' | 'values' | OutlineKeys
}

/** Bytes read of a string; an echoed id may have 16,384 characters. */
const STRING_BYTES_MAX = 32 * 1024
/** Within an array, such as 256 images. */
const ITEM_STRING_BYTES_MAX = 1024
/** Bytes of an object or array read as a value. */
const CONTAINER_BYTES_MAX = 4096
/** One more than any message may have. */
const VALUES_MAX = 257
const QUOTE = 0x22
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
const UTF8 = new TextDecoder()

export class JsonOutline {
  private readonly scan: JsonScan
  private readonly reader: OutlineReader

  /** `hasAttachments`: see binary.ts. */
  constructor(text: Uint8Array, keys: OutlineKeys, { hasAttachments = true } = {}) {
    this.reader = new OutlineReader(text, keys, hasAttachments)
    this.scan = new JsonScan(text, this.reader)
  }

  /** True at the end. Throws as JsonScan does, and `invalid_request` for a malformed attachment. */
  step(bytes: number): boolean {
    return this.scan.step(bytes)
  }

  /** Contains only the wanted keys. */
  value(): unknown {
    return this.reader.root
  }

  valueSoFar(): unknown {
    return this.reader.root
  }

  /** Ranges of wanted values: `data`, `data.timestamp`. Of duplicate keys the last counts. */
  get ranges(): ReadonlyMap<string, TextRange> {
    return this.reader.ranges
  }

  /** Each object with `$attachment`, in text order. */
  get attachments(): readonly AttachmentPlace[] {
    return this.reader.attachments.found
  }
}

interface Wanted {
  keys: OutlineKeys | null
  value: Record<string, unknown> | unknown[]
  /** `data.` */
  prefix: string
}

class OutlineReader implements JsonVisitor {
  private readonly text: Uint8Array
  private readonly keys: OutlineKeys
  readonly ranges = new Map<string, TextRange>()
  readonly attachments: AttachmentPlaces
  private readonly hasAttachments: boolean
  private readonly wanted: (Wanted | null)[] = [null]
  root: unknown = undefined

  constructor(text: Uint8Array, keys: OutlineKeys, hasAttachments: boolean) {
    this.hasAttachments = hasAttachments
    this.text = text
    this.keys = keys
    this.attachments = new AttachmentPlaces(text)
  }

  opened(depth: number, start: number, keyStart: number, keyEnd: number): void {
    this.attachments.opened(depth)
    const wanted = this.wantedIn(depth, start, keyStart, keyEnd)
    this.wanted[depth] = wanted
    if (depth === 1) this.root = wanted?.value ?? []
  }

  item(depth: number, start: number, end: number, keyStart: number, keyEnd: number): void {
    if (depth === 0) {
      this.root ??= this.read(start, end, STRING_BYTES_MAX)
      return
    }
    this.attachments.item(depth, keyStart, keyEnd)
    const container = this.wanted[depth] ?? null
    if (container === null) return
    const { keys, value, prefix } = container
    if (Array.isArray(value)) {
      if (value.length < VALUES_MAX) value.push(this.read(start, end, ITEM_STRING_BYTES_MAX))
      return
    }
    const key = keyTextOf(this.text, keyStart, keyEnd)
    if (key === null || keys === null || !Object.hasOwn(keys, key)) return
    const inner = this.wanted[depth + 1] ?? null
    const isInner = inner !== null && inner.prefix === `${prefix}${key}.`
    value[key] = isInner ? inner.value : this.read(start, end, STRING_BYTES_MAX)
    this.wanted[depth + 1] = null
    this.ranges.set(`${prefix}${key}`, { start, end })
  }

  closed(depth: number, start: number, end: number): void {
    if (this.hasAttachments) this.attachments.closed(depth, start, end)
  }

  private wantedIn(depth: number, start: number, keyStart: number, keyEnd: number): Wanted | null {
    const isObject = this.text[start] === OPEN_BRACE
    if (depth === 1) return isObject ? { keys: this.keys, value: {}, prefix: '' } : null
    const outer = this.wanted[depth - 1] ?? null
    if (outer === null || outer.keys === null) return null
    const key = keyTextOf(this.text, keyStart, keyEnd)
    const want = key !== null && Object.hasOwn(outer.keys, key) ? outer.keys[key] : undefined
    if (key === null || want === undefined || want === 'value') return null
    if (isObject !== (want !== 'values')) return null
    return {
      keys: want === 'values' ? null : want,
      value: isObject ? {} : [],
      prefix: `${outer.prefix}${key}.`,
    }
  }

  private read(start: number, end: number, stringBytesMax: number): unknown {
    const first = this.text[start]
    const length = end - start
    if (first === QUOTE && length > stringBytesMax) {
      return UTF8.decode(this.text.subarray(start + 1, start + stringBytesMax))
    }
    if (length > CONTAINER_BYTES_MAX) {
      if (first === OPEN_BRACE) return {}
      if (first === OPEN_BRACKET) return []
    }
    return this.parse(start, end)
  }

  private parse(start: number, end: number): unknown {
    return JSON.parse(UTF8.decode(this.text.subarray(start, end)))
  }
}
