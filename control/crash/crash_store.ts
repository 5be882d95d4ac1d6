/** Crash cards on disk, one JSON file each, bounded in number and bytes. Several control planes may share the folder. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { readRegularText } from '../../files/regular_file.ts'
import { messageOf } from '../../protocol/errors.ts'
import {
  CRASH_ID_PATTERN,
  crashCardSchema,
  summaryOf,
  type CrashCard,
  type CrashSummary,
} from '../../protocol/crash.ts'
import { removeUnfinished, writeAtomically } from '../../files/atomic_file.ts'

export const CARDS_PER_BACKEND_MAX = 50
/** Size of all cards; the oldest are deleted first. */
export const CARD_BYTES_TOTAL_MAX = 64 * 1024 ** 2

export interface CrashStoreOptions {
  folder: string
  /** Receives messages about what could not be read or removed; one per damaged file. */
  warn(message: string): void
  now(): number
  cardsPerBackendMax?: number
  bytesMax?: number
}

interface CardFile {
  id: string
  backend: string
  path: string
  bytes: number
}

export class CrashStore {
  private readonly options: CrashStoreOptions
  /** Cache of the cards on disk, which never change. null = damaged. */
  private readonly summaries = new Map<string, CrashSummary | null>()
  private writing: Promise<unknown> = Promise.resolve()

  constructor(options: CrashStoreOptions) {
    this.options = options
  }

  /** Rejects on a write error, or when the card alone exceeds the limit. */
  add(card: CrashCard): Promise<void> {
    const done = this.writing.then(() => this.write(card))
    this.writing = done.catch(() => undefined)
    return done
  }

  /** All cards, or those of one backend, newest first. Skips damaged files with a warning. */
  async list(backend?: string): Promise<CrashSummary[]> {
    await this.writing
    const files = await this.files()
    this.forgetAllBut(files)
    const found: CrashSummary[] = []
    for (const file of files) {
      if (backend !== undefined && file.backend !== backend) continue
      const summary = await this.summary(file)
      if (summary !== null) found.push(summary)
    }
    return found
  }

  /** Waits for a card that is being written. null when it does not exist or is damaged. */
  async get(id: string): Promise<CrashCard | null> {
    await this.writing
    const file = this.fileOf(id)
    return file === null ? null : this.read(id, file)
  }

  async remove(id: string): Promise<boolean> {
    const file = this.fileOf(id)
    if (file === null) return false
    this.summaries.delete(id)
    try {
      await rm(file)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }

  private get bytesMax(): number {
    return this.options.bytesMax ?? CARD_BYTES_TOTAL_MAX
  }

  private async write(card: CrashCard): Promise<void> {
    const file = this.fileOf(card.id)
    if (file === null) throw new Error(`"${card.id}" is not a valid crash card id`)
    const text = JSON.stringify(crashCardSchema.parse(card))
    const bytes = Buffer.byteLength(text)
    if (bytes > this.bytesMax) {
      throw new Error(
        `the crash card ${card.id} has ${bytes} bytes, above the limit of ${this.bytesMax} for all cards; reduce its log lines`,
      )
    }
    await mkdir(this.options.folder, { recursive: true, mode: 0o700 })
    await writeAtomically(file, text)
    this.summaries.delete(card.id)
    await this.prune()
  }

  private async prune(): Promise<void> {
    const perBackend = new Map<string, number>()
    let bytes = 0
    for (const file of await this.files()) {
      const count = (perBackend.get(file.backend) ?? 0) + 1
      perBackend.set(file.backend, count)
      bytes += file.bytes
      const isBeyond = count > (this.options.cardsPerBackendMax ?? CARDS_PER_BACKEND_MAX)
      if (!isBeyond && bytes <= this.bytesMax) continue
      bytes -= file.bytes
      await this.discard(file.path)
    }
    await removeUnfinished(this.options.folder, this.options.now())
  }

  private async discard(file: string): Promise<void> {
    await rm(file, { force: true }).catch((error: unknown) => {
      this.options.warn(`${file} could not be removed: ${messageOf(error)}`)
    })
  }

  /** Newest first: an id starts with its time. */
  private async files(): Promise<CardFile[]> {
    const ids = (await namesIn(this.options.folder))
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => CRASH_ID_PATTERN.test(id))
      .sort()
      .reverse()
    const found = await Promise.all(
      ids.map(async (id) => {
        const file = path.join(this.options.folder, `${id}.json`)
        const stats = await statOrNull(file)
        return stats === null ? null : { id, backend: backendOf(id), path: file, bytes: stats.size }
      }),
    )
    return found.filter((file) => file !== null)
  }

  private async summary({ id, path: file }: CardFile): Promise<CrashSummary | null> {
    const known = this.summaries.get(id)
    if (known !== undefined) return known
    const card = await this.read(id, file)
    return card === null ? null : summaryOf(card)
  }

  private async read(id: string, file: string): Promise<CrashCard | null> {
    if (this.summaries.get(id) === null) return null
    try {
      const card = crashCardSchema.parse(JSON.parse(await readRegularText(file)))
      this.summaries.set(id, summaryOf(card))
      return card
    } catch (error) {
      // Removed meanwhile by another control plane or a user.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      this.summaries.set(id, null)
      this.options.warn(
        `the crash card ${file} is damaged and was skipped; it can be deleted: ${firstLineOf(error)}`,
      )
      return null
    }
  }

  private forgetAllBut(files: CardFile[]): void {
    const present = new Set(files.map(({ id }) => id))
    for (const id of this.summaries.keys()) if (!present.has(id)) this.summaries.delete(id)
  }

  /** null for an invalid id: it becomes part of a path. */
  private fileOf(id: string): string | null {
    return CRASH_ID_PATTERN.test(id) ? path.join(this.options.folder, `${id}.json`) : null
  }
}

/** 20260131T235959123Z-NAME-01234567 */
const backendOf = (id: string) => id.slice(id.indexOf('-') + 1, id.lastIndexOf('-'))

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function statOrNull(file: string): Promise<{ size: number } | null> {
  try {
    return await stat(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const firstLineOf = (error: unknown) => messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 300)
