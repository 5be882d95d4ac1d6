/**
 * Minutes of the last seven days on disk: one file per completed hour, written once. Nothing is cached: a query reads
 * the hours that it needs. The oldest files are removed above seven days or 64 MiB.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { readRegularFile } from '../../files/regular_file.ts'
import { messageOf } from '../../protocol/errors.ts'
import { METRICS_BACKENDS_MAX, METRICS_KEPT_MS, METRICS_RANGES } from '../../protocol/metrics.ts'
import { removeUnfinished, writeAtomically } from '../../files/atomic_file.ts'
import { STEP_BYTES_MAX, type PackedStep } from './ring.ts'
import { readSnapshot, writeSnapshot, type SeriesOfBackend } from './snapshot.ts'
import type { MetricsStore } from './store.ts'

export const HOUR_MS = 3_600_000
const RANGE = '24h'
export const MINUTE_STEP_MS = METRICS_RANGES[RANGE].resolution_ms
const STEPS_PER_HOUR = HOUR_MS / MINUTE_STEP_MS
/** A reading may be stored shortly after the hour that it measured. */
const SETTLE_MS = 2 * 60_000
export const HOURS_BYTES_MAX = 64 * 1024 * 1024
const UNPACKED_BYTES_MAX = METRICS_BACKENDS_MAX * STEPS_PER_HOUR * STEP_BYTES_MAX + 1024 * 1024

export interface HourFilesOptions {
  /** Created with the first file. Used by one control plane at a time. */
  folder: string
  now(): number
  warn(message: string): void
  bytesMax?: number
}

export class HourFiles {
  private readonly options: Required<HourFilesOptions>
  /** File sizes, by hours since 1970. */
  private readonly files = new Map<number, number>()
  /** Every hour up to this one is stored, or had no measurements. */
  private doneThrough = -1
  private readonly faults = new Set<string>()

  constructor(options: HourFilesOptions) {
    this.options = { bytesMax: HOURS_BYTES_MAX, ...options }
  }

  /** Lists the existing files. Never rejects. */
  async open(): Promise<void> {
    const { folder, now } = this.options
    await removeUnfinished(folder, now())
    for (const name of await readdir(folder).catch(() => [])) {
      const hour = hourOf(name)
      const stats = hour === null ? null : await stat(path.join(folder, name)).catch(() => null)
      if (hour !== null && stats !== null) this.files.set(hour, stats.size)
    }
  }

  get bytes(): number {
    return [...this.files.values()].reduce((sum, bytes) => sum + bytes, 0)
  }

  /** `keep` for the store's steps; free while no hour has ended since the last call. */
  async keepFrom(store: MetricsStore): Promise<void> {
    if (this.lastOver() <= this.doneThrough) return
    await this.keep(
      store.names.map((name) => ({
        name,
        series: [{ range: RANGE, steps: store.packedSteps(name, RANGE) }],
      })),
    )
  }

  /** Writes completed hours without a file. Never rejects: a failure is logged once and retried by the next call. */
  async keep(backends: readonly SeriesOfBackend[]): Promise<void> {
    const last = this.lastOver()
    try {
      for (const [hour, steps] of byHour(backends)) {
        if (hour > last || hour < this.oldestKept() || this.files.has(hour)) continue
        await this.write(hour, steps)
      }
      this.doneThrough = Math.max(this.doneThrough, last)
      await this.removeOldest()
    } catch (error) {
      this.fault(
        `metrics older than a day could not be written to ${this.options.folder}: ${messageOf(error)}. They are lost unless the folder can be written`,
      )
    }
  }

  hoursIn(fromMs: number, toMs: number): number[] {
    const first = Math.floor(fromMs / HOUR_MS)
    const last = Math.floor(toMs / HOUR_MS)
    return [...this.files.keys()]
      .filter((hour) => hour >= Math.max(first, this.oldestKept()) && hour <= last)
      .sort((left, right) => left - right)
  }

  async read(hour: number): Promise<ReadonlyMap<string, readonly PackedStep[]>> {
    const file = this.fileOf(hour)
    try {
      const bytes = await readRegularFile(file, UNPACKED_BYTES_MAX)
      const backends = readSnapshot(
        await promisify(gunzip)(bytes, { maxOutputLength: UNPACKED_BYTES_MAX }),
      )
      const ofMinutes = ({ series }: SeriesOfBackend) =>
        series.filter(({ range }) => range === RANGE).flatMap(({ steps }) => steps)
      return new Map(backends.map((backend) => [backend.name, ofMinutes(backend)]))
    } catch (error) {
      this.fault(
        `the metrics of one hour are unavailable: ${file} cannot be read: ${messageOf(error)}`,
      )
      return new Map()
    }
  }

  /** Start of these backends' oldest stored minute, unix milliseconds; null without one. */
  async oldestOf(names: readonly string[]): Promise<number | null> {
    for (const hour of this.hoursIn(0, this.options.now())) {
      const backends = await this.read(hour)
      const numbers = names.flatMap((name) =>
        (backends.get(name) ?? []).map(({ number }) => number),
      )
      if (numbers.length > 0) return Math.min(...numbers) * MINUTE_STEP_MS
    }
    return null
  }

  private async write(hour: number, backends: SeriesOfBackend[]): Promise<void> {
    const bytes = await promisify(gzip)(writeSnapshot(backends))
    await mkdir(this.options.folder, { recursive: true, mode: 0o700 })
    await writeAtomically(this.fileOf(hour), bytes)
    this.files.set(hour, bytes.byteLength)
  }

  private async removeOldest(): Promise<void> {
    const oldest = this.oldestKept()
    let { bytes } = this
    for (const hour of [...this.files.keys()].sort((left, right) => left - right)) {
      if (hour >= oldest && bytes <= this.options.bytesMax) return
      await rm(this.fileOf(hour), { force: true })
      bytes -= this.files.get(hour) ?? 0
      this.files.delete(hour)
    }
  }

  private fault(message: string): void {
    if (this.faults.has(message)) return
    this.faults.add(message)
    this.options.warn(message)
  }

  private lastOver(): number {
    return Math.floor((this.options.now() - SETTLE_MS) / HOUR_MS) - 1
  }

  private oldestKept(): number {
    return Math.floor((this.options.now() - METRICS_KEPT_MS) / HOUR_MS)
  }

  private fileOf(hour: number): string {
    return path.join(this.options.folder, nameOf(hour))
  }
}

/** `2026-11-30T14.bin.gz`, UTC. */
const nameOf = (hour: number) => `${new Date(hour * HOUR_MS).toISOString().slice(0, 13)}.bin.gz`

function hourOf(name: string): number | null {
  const stamp = /^(\d{4}-\d\d-\d\dT\d\d)\.bin\.gz$/.exec(name)?.[1]
  const time = stamp === undefined ? NaN : Date.parse(`${stamp}:00:00Z`)
  return Number.isNaN(time) ? null : time / HOUR_MS
}

function byHour(backends: readonly SeriesOfBackend[]): Map<number, SeriesOfBackend[]> {
  const hours = new Map<number, SeriesOfBackend[]>()
  for (const { name, series } of backends) {
    const steps = series.filter(({ range }) => range === RANGE).flatMap((one) => one.steps)
    for (const [hour, own] of stepsByHour(steps)) {
      const inHour = hours.get(hour) ?? []
      inHour.push({ name, series: [{ range: RANGE, steps: own }] })
      hours.set(hour, inHour)
    }
  }
  return hours
}

export function stepsByHour(minutes: readonly PackedStep[]): Map<number, PackedStep[]> {
  const hours = new Map<number, PackedStep[]>()
  for (const step of minutes) {
    const hour = Math.floor(step.number / STEPS_PER_HOUR)
    const own = hours.get(hour)
    if (own === undefined) hours.set(hour, [step])
    else own.push(step)
  }
  return hours
}
