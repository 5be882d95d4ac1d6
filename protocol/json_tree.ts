/** Builds the value of a JSON text part by part while it is scanned: one JSON.parse could hold up the thread for seconds. */
import { AttachmentPlaces, type AttachmentPlace } from './json_attachments.ts'
import { JsonScan, type JsonVisitor } from './json_scan.ts'

/** Bytes that are parsed in one call: some milliseconds' worth of the smallest values. */
const PART_BYTES = 64 * 1024

const OPEN_BRACKET = 0x5b
/** Leaves out a byte order mark, as the scan does. */
const UTF8 = new TextDecoder()

export class JsonTree {
  private readonly scan: JsonScan
  private readonly builder: Builder

  constructor(text: Uint8Array) {
    this.builder = new Builder(text)
    this.scan = new JsonScan(text, this.builder)
  }

  /** Goes on for some `bytes`; true at the end. Throws as JsonScan does. */
  step(bytes: number): boolean {
    return this.scan.step(bytes)
  }

  /** The value, once `step` has returned true. */
  value(): unknown {
    return this.builder.value()
  }

  /** Nothing: what is built so far is in parts. */
  valueSoFar(): unknown {
    return null
  }

  get attachments(): readonly AttachmentPlace[] {
    return this.builder.attachments.found
  }
}

/** A container that is built in parts. One that ends before a part is full is left to the container around it. */
type Built = unknown[] | Record<string, unknown>

/** Each list holds one entry for each depth. */
class Builder implements JsonVisitor {
  private readonly text: Uint8Array
  private readonly isArray: boolean[] = []
  private readonly built: (Built | null)[] = []
  /** Where what is not built yet begins. */
  private readonly from: number[] = []
  /** Where the item before the present one ended. */
  private readonly itemFrom: number[] = []
  /** The key of the container in the one around it. */
  private readonly keyStart: number[] = []
  private readonly keyEnd: number[] = []
  private root: Built | null = null
  readonly attachments: AttachmentPlaces

  constructor(text: Uint8Array) {
    this.text = text
    this.attachments = new AttachmentPlaces(text)
  }

  opened(depth: number, start: number, keyStart: number, keyEnd: number): void {
    this.attachments.opened(depth)
    this.isArray[depth] = this.text[start] === OPEN_BRACKET
    this.built[depth] = null
    this.from[depth] = start + 1
    this.itemFrom[depth] = start + 1
    this.keyStart[depth] = keyStart
    this.keyEnd[depth] = keyEnd
  }

  item(depth: number, _start: number, end: number, keyStart: number, keyEnd: number): void {
    this.attachments.item(depth, keyStart, keyEnd)
    if (depth === 0) return
    this.itemFrom[depth] = end
    if (end - (this.from[depth] as number) >= PART_BYTES) this.build(depth, end)
  }

  closed(depth: number, start: number, end: number): void {
    this.attachments.closed(depth, start, end)
    const built = this.built[depth] ?? null
    if (built === null && end - start < PART_BYTES) return
    this.build(depth, end - 1)
    const whole = this.built[depth] as Built
    this.built[depth] = null
    if (depth === 1) this.root = whole
    else this.attach(depth, whole, end)
  }

  value(): unknown {
    return this.root ?? (JSON.parse(UTF8.decode(this.text)) as unknown)
  }

  /** Puts a built container into the one around it, behind the items that came before it. */
  private attach(depth: number, whole: Built, end: number): void {
    const outer = depth - 1
    this.build(outer, this.itemFrom[outer] as number)
    const into = this.built[outer] as Built
    if (Array.isArray(into)) into.push(whole)
    else {
      const key = UTF8.decode(
        this.text.subarray(
          (this.keyStart[depth] as number) - 1,
          (this.keyEnd[depth] as number) + 1,
        ),
      )
      setKey(into, JSON.parse(key) as string, whole)
    }
    this.from[outer] = end
  }

  /** Builds the items of a container up to `end`, which is the end of one of them. */
  private build(depth: number, end: number): void {
    const { text } = this
    const from = this.from[depth] as number
    this.from[depth] = end
    const items = UTF8.decode(text.subarray(from, end)).replace(LEADING_COMMA, '')
    const before = this.built[depth] ?? null
    if (this.isArray[depth] === true) {
      const more = JSON.parse(`[${items}]`) as unknown[]
      if (Array.isArray(before)) for (const one of more) before.push(one)
      else this.built[depth] = more
    } else {
      const more = JSON.parse(`{${items}}`) as Record<string, unknown>
      if (before === null) this.built[depth] = more
      else for (const [key, value] of Object.entries(more)) setKey(before, key, value)
    }
  }
}

/** Between the end of one item and the next. */
const LEADING_COMMA = /^\s*,/

/** Assigned, `__proto__` would be no key but change the object. */
function setKey(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}
