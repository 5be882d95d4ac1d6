/** Ring of the steps of one backend at one resolution. Rows are packed, since most buckets of a step are empty. */
import { Cell, COUNT_NAMES, MEASURE_NAMES } from './cell.ts'

export interface Step {
  number: number
  cell: Cell
}

export interface PackedStep {
  number: number
  measures: Float64Array
  counts: Uint32Array
}

const NEVER = -1
const WIDTH = MEASURE_NAMES.length
const COUNT_MAX = 2 ** 32 - 1

export class Ring {
  readonly resolutionMs: number
  readonly capacity: number
  private readonly numbers: Float64Array
  private readonly measures: Float64Array
  private readonly counts: Uint32Array[]

  constructor(resolutionMs: number, capacity: number) {
    this.resolutionMs = resolutionMs
    this.capacity = capacity
    this.numbers = new Float64Array(capacity).fill(NEVER)
    this.measures = new Float64Array(capacity * WIDTH)
    this.counts = Array.from({ length: capacity }, () => NOTHING)
  }

  get bytes(): number {
    const packed = this.counts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return this.numbers.byteLength + this.measures.byteLength + packed
  }

  /**
   * Merges `cell` into the step of `time` (unix milliseconds) and drops what is older than the span up to `now`. The
   * last writer owns a slot: after a clock was set back, future steps are replaced.
   */
  merge(time: number, now: number, cell: Cell): void {
    const number = this.numberOf(time)
    if (number <= this.numberOf(now) - this.capacity) return
    const kept = this.at(number)
    const step = kept === null ? null : open(kept)
    step?.merge(cell)
    const { counts, measures } = step ?? cell
    this.set({ number, measures, counts: pack(counts) })
  }

  /** Steps of the span up to `now`, oldest first. Their measures are views: copy what you keep. */
  *packed(now: number): Generator<PackedStep> {
    const last = this.numberOf(now)
    for (let number = Math.max(0, last - this.capacity + 1); number <= last; number++) {
      const step = this.at(number)
      if (step !== null) yield step
    }
  }

  *steps(now: number): Generator<Step> {
    for (const step of this.packed(now)) yield { number: step.number, cell: open(step) }
  }

  set({ number, measures, counts }: PackedStep): void {
    const slot = number % this.capacity
    this.numbers[slot] = number
    this.measures.set(measures, slot * WIDTH)
    this.counts[slot] = counts
  }

  private at(number: number): PackedStep | null {
    const slot = number % this.capacity
    if (this.numbers[slot] !== number) return null
    const measures = this.measures.subarray(slot * WIDTH, (slot + 1) * WIDTH)
    return { number, measures, counts: this.counts[slot] ?? NOTHING }
  }

  private numberOf(time: number): number {
    if (!Number.isFinite(time) || time < 0) {
      throw new RangeError(`${time} is not a valid time; use unix milliseconds`)
    }
    return Math.floor(time / this.resolutionMs)
  }
}

/** A copy, since the ring continues to write into its rows. */
export const open = ({ counts, measures }: PackedStep) =>
  new Cell(unpack(counts, COUNT_NAMES.length), Float64Array.from(measures))

const NOTHING = new Uint32Array(0)
export const STEP_BYTES_MAX = 8 + WIDTH * 8 + COUNT_NAMES.length * 4

/** Index and count of the non-zero counts, or the whole row if that is not larger. Counts saturate at 2^32 - 1. */
export function pack(counts: Float64Array): Uint32Array {
  let used = 0
  for (let place = 0; place < counts.length; place++) used += (counts[place] ?? 0) > 0 ? 1 : 0
  if (used * 2 >= counts.length) return Uint32Array.from(counts, clamp)
  const packed = new Uint32Array(used * 2)
  let end = 0
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place] ?? 0
    if (count <= 0) continue
    packed[end++] = place
    packed[end++] = clamp(count)
  }
  return packed
}

const clamp = (count: number) => Math.min(count, COUNT_MAX)

export function unpack(packed: Uint32Array, length: number): Float64Array {
  if (packed.length === length) return Float64Array.from(packed)
  const counts = new Float64Array(length)
  for (let index = 0; index < packed.length; index += 2) {
    counts[packed[index] ?? 0] = packed[index + 1] ?? 0
  }
  return counts
}

export function isPacked(packed: Uint32Array, length: number): boolean {
  if (packed.length === length) return true
  if (packed.length > length || packed.length % 2 !== 0) return false
  for (let index = 0; index < packed.length; index += 2) {
    const before = index === 0 ? -1 : (packed[index - 2] ?? 0)
    const place = packed[index] ?? length
    if (place >= length || place <= before) return false
  }
  return true
}
