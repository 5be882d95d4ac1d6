/**
 * Stores the metrics in a file: read at start, written atomically every 30 s and at the end. An unreadable file never
 * prevents a start: it is moved aside with a warning. Downtime remains a gap.
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
/** Size of a full store plus the header; a larger file is damaged. Compression reduces it to about a third. */
export const SNAPSHOT_BYTES_MAX = METRICS_BACKENDS_MAX * BACKEND_BYTES_MAX + 1024 * 1024

export interface MetricsFileOptions {
  /** Created if missing. Used by one control plane at a time. */
  folder: string
  store: MetricsStore
  hours: HourFiles
  warn(message: string): void
}

export class MetricsFile {
  private readonly options: MetricsFileOptions
  private readonly file: string
  private readonly timer: NodeJS.Timeout
  /** False when an unreadable file is in the way, which a newer version may still need. */
  private readonly isWritable: boolean
  private saves: Promise<void> = Promise.resolve()
  private isSaving = false
  private lastFault: string | null = null

  /** Loads the file of an earlier run. Never rejects. */
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
      // Saves must not pile up on a disk that hangs.
      if (!this.isSaving) void this.save()
    }, SAVE_INTERVAL_MS)
  }

  /** Runs after a save in progress. Never rejects: a failure is logged once until it changes. */
  async save(): Promise<void> {
    this.saves = this.saves.then(async () => {
      await this.options.hours.keepFrom(this.options.store)
      if (this.isWritable) await this.write()
    })
    await this.saves
  }

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

async function restore(file: string, { store, hours, warn }: MetricsFileOptions): Promise<boolean> {
  await hours.open()
  try {
    const bytes = await read(file)
    // Minutes older than the store's last day are only in this file.
    if (bytes !== null) await hours.keep(store.restore(bytes))
    return true
  } catch (error) {
    return moveAside(file, error, warn)
  }
}

/** null without a file. Rejects with UnreadableFile or zlib's error. */
async function read(file: string): Promise<Uint8Array | null> {
  try {
    const bytes = await readRegularFile(file, SNAPSHOT_BYTES_MAX)
    return await promisify(gunzip)(bytes, { maxOutputLength: SNAPSHOT_BYTES_MAX })
  } catch (error) {
    // ENOTDIR: the folder is a file; writing will report that.
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null
    throw error
  }
}

/** One file per kind of failure, so that failed starts do not fill the folder. */
async function moveAside(
  file: string,
  fault: unknown,
  warn: (message: string) => void,
): Promise<boolean> {
  const kind = fault instanceof SnapshotError ? fault.code : 'damaged'
  const aside = `${file}.${kind}`
  const what = `earlier metrics are unavailable: ${file} cannot be read: ${messageOf(fault)}`
  try {
    await rename(file, aside)
    warn(`${what}; it is now ${aside}`)
    return true
  } catch (error) {
    warn(
      `${what}; metrics are not saved, since it cannot be moved: ${messageOf(error)}. Move it away`,
    )
    return false
  }
}

const isCode = (error: unknown, code: string) =>
  error instanceof Error && 'code' in error && error.code === code
