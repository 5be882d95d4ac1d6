/**
 * Serializes the metrics: a JSON header, then the values of all steps as arrays in native (little-endian) byte order.
 * The header names counts and measures, so that a new error code loses nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { messageOf } from '../../protocol/errors.ts'
import { METRICS_BACKENDS_MAX, METRICS_RANGES, type MetricsRange } from '../../protocol/metrics.ts'
import { Cell, COUNT_NAMES, errorName, MEASURE_NAMES } from './cell.ts'
import { isPacked, pack, unpack, type PackedStep } from './ring.ts'

export const SNAPSHOT_VERSION = 1

export interface SeriesOfBackend {
  name: string
  series: { range: MetricsRange; steps: PackedStep[] }[]
}

/** `newer`: written by a later version of Switchyard. `damaged`: written by no version. */
export class SnapshotError extends Error {
  readonly code: 'newer' | 'damaged'

  constructor(code: 'newer' | 'damaged', message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SnapshotError'
    this.code = code
  }
}

const RANGES = Object.keys(METRICS_RANGES) as [MetricsRange, ...MetricsRange[]]
const STEPS_MAX = Math.max(...Object.values(METRICS_RANGES).map(({ points }) => points))

const versionSchema = z.looseObject({ version: z.int() })
const headerSchema = z.object({
  version: z.literal(SNAPSHOT_VERSION),
  counts: z.array(z.string()).max(10_000),
  measures: z.array(z.string()).max(1000),
  backends: z
    .array(
      z.object({
        name: z.string(),
        series: z.array(z.object({ range: z.enum(RANGES), steps: z.int().min(0).max(STEPS_MAX) })),
      }),
    )
    .max(METRICS_BACKENDS_MAX),
})
type Header = z.infer<typeof headerSchema>

/** Above any real header: the names of 32 backends and all counts take some 20 KB. */
const HEADER_BYTES_MAX = 1024 * 1024

export function writeSnapshot(backends: SeriesOfBackend[]): Uint8Array {
  const header: Header = {
    version: SNAPSHOT_VERSION,
    counts: [...COUNT_NAMES],
    measures: [...MEASURE_NAMES],
    backends: backends.map(({ name, series }) => ({
      name,
      series: series.map(({ range, steps }) => ({ range, steps: steps.length })),
    })),
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const series = backends.flatMap((backend) => backend.series)
  return Buffer.concat([
    bytesOf(Uint32Array.of(text.byteLength)),
    text,
    ...series.flatMap(({ steps }) => columnsOf(steps)),
  ])
}

/** Columns are fast to write and compress well. */
function columnsOf(steps: PackedStep[]): Uint8Array[] {
  const measures = new Float64Array(steps.length * MEASURE_NAMES.length)
  const counts = new Uint32Array(steps.reduce((sum, step) => sum + step.counts.length, 0))
  let end = 0
  for (const [index, step] of steps.entries()) {
    measures.set(step.measures, index * MEASURE_NAMES.length)
    counts.set(step.counts, end)
    end += step.counts.length
  }
  const numbers = Float64Array.from(steps, ({ number }) => number)
  const lengths = Uint32Array.from(steps, (step) => step.counts.length)
  return [bytesOf(numbers), bytesOf(measures), bytesOf(lengths), bytesOf(counts)]
}

/** Throws SnapshotError. */
export function readSnapshot(bytes: Uint8Array): SeriesOfBackend[] {
  try {
    return read(new Reader(bytes))
  } catch (error) {
    if (error instanceof SnapshotError) throw error
    const reason = messageOf(error)
    throw new SnapshotError('damaged', reason, { cause: error })
  }
}

function read(reader: Reader): SeriesOfBackend[] {
  const header = readHeader(reader)
  const translate = translation(header)
  const backends = header.backends.map(({ name, series }) => ({
    name,
    series: series.map(({ range, steps: count }) => ({
      range,
      steps: readSteps(reader, header, count).map(translate),
    })),
  }))
  if (reader.left > 0) throw new RangeError(`${reader.left} bytes after the last step`)
  return backends
}

function readHeader(reader: Reader): Header {
  const [length = 0] = reader.integers(1)
  if (length > HEADER_BYTES_MAX) throw new RangeError(`a header of ${length} bytes`)
  const header: unknown = JSON.parse(new TextDecoder().decode(reader.take(length)))
  const { version } = versionSchema.parse(header)
  if (version > SNAPSHOT_VERSION) {
    throw new SnapshotError(
      'newer',
      `it has version ${version}; this Switchyard reads up to ${SNAPSHOT_VERSION}`,
    )
  }
  return headerSchema.parse(header)
}

function readSteps(reader: Reader, header: Header, count: number): PackedStep[] {
  const width = header.measures.length
  const numbers = reader.doubles(count)
  const measures = reader.doubles(count * width)
  const lengths = reader.integers(count)
  const badNumber = numbers.find((number) => !Number.isSafeInteger(number) || number < 0)
  if (badNumber !== undefined) throw new RangeError(`no step has the number ${badNumber}`)
  const badMeasure = measures.find((measure) => !Number.isFinite(measure) || measure < 0)
  if (badMeasure !== undefined) throw new RangeError(`no measure is ${badMeasure}`)
  return Array.from(numbers, (number, index) => {
    const counts = reader.integers(lengths[index] ?? 0)
    if (!isPacked(counts, header.counts.length)) {
      throw new RangeError(
        `the counts of step ${number} do not form a row of ${header.counts.length}`,
      )
    }
    return { number, measures: measures.subarray(index * width, (index + 1) * width), counts }
  })
}

/** Maps the counts of a file to this version's. A removed error code counts as `other`. */
function translation(header: Header): (step: PackedStep) => PackedStep {
  const countPlaces = header.counts.map((name) => placeIn(COUNT_NAMES, nameNow(name)))
  const measurePlaces = header.measures.map((name) => placeIn(MEASURE_NAMES, name))
  const isSame =
    isDeepStrictEqual(header.counts, COUNT_NAMES) &&
    isDeepStrictEqual(header.measures, MEASURE_NAMES)
  return (step) => {
    if (isSame) return step
    const counts = unpack(step.counts, header.counts.length)
    const cell = new Cell()
    for (const [index, place] of countPlaces.entries()) {
      cell.counts[place] = (cell.counts[place] ?? 0) + (counts[index] ?? 0)
    }
    for (const [index, place] of measurePlaces.entries()) {
      cell.measures[place] = step.measures[index] ?? 0
    }
    return { number: step.number, measures: cell.measures, counts: pack(cell.counts) }
  }
}

const nameNow = (name: string) =>
  name.startsWith('error:') && !COUNT_NAMES.includes(name) ? errorName('other') : name

function placeIn(names: readonly string[], name: string): number {
  const place = names.indexOf(name)
  // Counts of other buckets would be wrong in ours.
  if (place === -1) throw new RangeError(`this version has no "${name}"`)
  return place
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** Throws RangeError past the end. */
class Reader {
  private readonly bytes: Uint8Array
  private place = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.byteLength - this.place
  }

  /** A copy, since arrays of wider numbers need alignment. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.left)
      throw new RangeError(`${length} bytes are expected and ${this.left} remain`)
    const taken = Uint8Array.from(this.bytes.subarray(this.place, this.place + length))
    this.place += length
    return taken
  }

  doubles(count: number): Float64Array {
    return new Float64Array(this.take(count * 8).buffer)
  }

  integers(count: number): Uint32Array {
    return new Uint32Array(this.take(count * 4).buffer)
  }
}
