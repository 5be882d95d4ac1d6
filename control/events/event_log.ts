/** What happened to the backends: bounded, handed to followers, kept in a file over a restart. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { readRegularText } from '../../files/regular_file.ts'
import { planeEventSchema, type PlaneEvent } from '../../protocol/events.ts'
import { printable } from '../../protocol/printable.ts'
import { writeAtomically } from '../processes/atomic_file.ts'

/** Days of ordinary use; a backend that restarts for ever fills them in hours. */
export const EVENTS_MAX = 2000
const SAVE_DELAY_MS = 2000

export interface EventLogOptions {
  /** Unix ms. */
  now(): number
  onEvent(event: PlaneEvent): void
  warn(message: string): void
}

const fileSchema = z.object({ version: z.literal(1), events: z.array(planeEventSchema) })

export class EventLog {
  private readonly options: EventLogOptions
  private events: PlaneEvent[] = []
  private nextSeq = 0
  private file: string | null = null
  private timer: NodeJS.Timeout | null = null
  private saving: Promise<void> = Promise.resolve()

  constructor(options: EventLogOptions) {
    this.options = options
  }

  /** Takes up the events of earlier runs. Never rejects: a file that cannot be read is said and replaced. */
  async open(file: string): Promise<void> {
    const earlier = await this.read(file)
    this.file = file
    const shift = (earlier.at(-1)?.seq ?? -1) + 1
    this.events = [
      ...earlier,
      ...this.events.map((event) => ({ ...event, seq: event.seq + shift })),
    ].slice(-EVENTS_MAX)
    this.nextSeq += shift
  }

  add(event: Omit<PlaneEvent, 'seq' | 'time'>): void {
    const message = printable(event.message)
    const full = { ...event, message, seq: this.nextSeq++, time: this.options.now() }
    this.events.push(full)
    if (this.events.length > EVENTS_MAX) this.events.shift()
    this.options.onEvent(full)
    this.timer ??= setTimeout(() => {
      this.timer = null
      this.save()
    }, SAVE_DELAY_MS)
  }

  /** Oldest first. */
  after(seq: number): PlaneEvent[] {
    return this.events.filter((event) => event.seq > seq)
  }

  /** Resolves when everything is on disk, or has been refused. */
  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer)
    this.save()
    await this.saving
  }

  private save(): void {
    const { file } = this
    if (file === null) return
    const text = JSON.stringify({ version: 1, events: this.events })
    this.saving = this.saving
      .then(async () => {
        await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
        await writeAtomically(file, text)
      })
      .catch((error: unknown) => {
        this.options.warn(`the events were not written to ${file}: ${String(error)}`)
      })
  }

  private async read(file: string): Promise<PlaneEvent[]> {
    try {
      return fileSchema.parse(JSON.parse(await readRegularText(file))).events
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.options.warn(`earlier events in ${file} cannot be read and are lost: ${String(error)}`)
      }
      return []
    }
  }
}
