/**
 * Keeps the metrics in a file over a restart: read once, written every 30 s and at the end, whole or not at all. No fault of the
 * file stops a start: what cannot be read is moved aside with a warning. The time in which nothing ran stays a gap.
 */
import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzip, gzip } from 'node:zlib'
import { readRegularFile } from '../../files/regular_file.ts'
import { messageOf } from '../../protocol/errors.ts'
import { METRICS_BACKENDS_MAX } from '../../protocol/metrics.ts'
import { removeUnfinished, writeAtomically } from '../../files/atomic_file.ts'
import type { HourFiles } from './hour_files.ts'
import { SnapshotError } from './snapshot.ts'
import { BACKEND_BYTES_MAX, type MetricsStore } from './store.ts'

export const METRICS_FILE = 'metrics.bin.gz'
export const SAVE_INTERVAL_MS = 30_000
/** What a full store takes, and room for the header; a file that unpacks to more is damaged. Compressed it takes about a third. */
export const SNAPSHOT_BYTES_MAX = METRICS_BACKENDS_MAX * BACKEND_BYTES_MAX + 1024 * 1024

export interface MetricsFileOptions {
  /** Made if it is missing. One control plane at a time uses it. */
  folder: string
  store: MetricsStore
  /** Takes over the minutes of each hour that is over. */
  hours: HourFiles
  warn(message: string): void
}

export class MetricsFile {
  private readonly options: MetricsFileOptions
  private readonly file: string
  private readonly timer: NodeJS.Timeout
  /** False when an unreadable file is in the way: a newer version may still want it. */
  private readonly isWritable: boolean
  private saves: Promise<void> = Promise.resolve()
  private isSaving = false
  private lastFault: string | null = null

  /** Reads what an earlier run has left into the store. Never rejects. */
  static async open(options: MetricsFileOptions): Promise<MetricsFile> {
    const file = path.join(options.folder, METRICS_FILE)
    await removeUnfinished(options.folder, Date.now())
    const isWritable = await restore(file, options)
    return new MetricsFile(options, file, isWritable)
  }

  private constructor(options: MetricsFileOptions, file: string, isWritable: boolean) {
    this.options = options
    this.file = file
    this.isWritable = isWritable
    this.timer = setInterval(() => {
      // On a disk that hangs, saves must not pile up.
      if (!this.isSaving) void this.save()
    }, SAVE_INTERVAL_MS)
  }

  /** Writes the store as it is now, after what is being written. Never rejects: a fault is warned of once until it changes. */
  async save(): Promise<void> {
    this.saves = this.saves.then(async () => {
      await this.options.hours.keepFrom(this.options.store)
      if (this.isWritable) await this.write()
    })
    await this.saves
  }

  /** Writes a last time. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.save()
  }

  private async write(): Promise<void> {
    this.isSaving = true
    try {
      const bytes = await promisify(gzip)(this.options.store.snapshot(), {
        level: constants.Z_BEST_SPEED,
      })
      await mkdir(this.options.folder, { recursive: true, mode: 0o700 })
      await writeAtomically(this.file, bytes)
      this.lastFault = null
    } catch (error) {
      const fault = messageOf(error)
      if (fault === this.lastFault) return
      this.lastFault = fault
      this.options.warn(
        `the metrics could not be written to ${this.file}: ${fault}; they are lost at a restart unless the folder can be written`,
      )
    } finally {
      this.isSaving = false
    }
  }
}

/** Whether the file may be written from now on. */
async function restore(file: string, { store, hours, warn }: MetricsFileOptions): Promise<boolean> {
  await hours.open()
  try {
    const bytes = await read(file)
    // Minutes that have left the store's last day while nothing ran are in this file alone.
    if (bytes !== null) await hours.keep(store.restore(bytes))
    return true
  } catch (error) {
    return moveAside(file, error, warn)
  }
}

/** null when there is no file. Rejects with UnreadableFile, or the error of zlib. */
async function read(file: string): Promise<Uint8Array | null> {
  try {
    const bytes = await readRegularFile(file, SNAPSHOT_BYTES_MAX)
    return await promisify(gunzip)(bytes, { maxOutputLength: SNAPSHOT_BYTES_MAX })
  } catch (error) {
    // The second: the folder itself is a file, and writing will say so.
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null
    throw error
  }
}

/** One file for each kind of fault, so that bad starts do not fill the folder. */
async function moveAside(
  file: string,
  fault: unknown,
  warn: (message: string) => void,
): Promise<boolean> {
  const kind = fault instanceof SnapshotError ? fault.code : 'damaged'
  const aside = `${file}.${kind}`
  const what = `the metrics of before are not shown: ${file} cannot be read: ${messageOf(fault)}`
  try {
    await rename(file, aside)
    warn(`${what}; it is now ${aside}`)
    return true
  } catch (error) {
    warn(`${what}; nothing will be kept, as it cannot be moved: ${messageOf(error)}; move it away`)
    return false
  }
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code
