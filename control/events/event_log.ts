import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { readRegularText } from '../../files/regular_file.ts'
import {
  EVENTS_DAYS_MAX,
  EVENTS_PAGE_MAX,
  planeEventSchema,
  type EventsPage,
  type EventsQuery,
  type PlaneEvent,
} from '../../protocol/events.ts'
import { printable } from '../../protocol/printable.ts'
import { Timer } from '../../protocol/disposables.ts'
import { writeAtomically } from '../../files/atomic_file.ts'

/** Size of all events as JSON, about 10,000 of them: a restart loop must not fill the disk. */
export const EVENT_BYTES_MAX = 2 * 1024 ** 2
const DAY_MS = 24 * 3_600_000
const SAVE_DELAY_MS = 2000

export interface EventLogOptions {
  now(): number
  onEvent(event: PlaneEvent): void
  warn(message: string): void
}

const fileSchema = z.object({ version: z.literal(1), events: z.array(planeEventSchema) })

export class EventLog {
  private readonly options: EventLogOptions
  private events: PlaneEvent[] = []
  private bytes = 0
  private nextSeq = 0
  private file: string | null = null
  private readonly timer = new Timer()
  private saving: Promise<void> = Promise.resolve()

  constructor(options: EventLogOptions) {
    this.options = options
  }

  /** Loads the events of earlier runs. Never rejects: an unreadable file is logged and replaced. */
  async open(file: string): Promise<void> {
    const earlier = await this.read(file)
    this.file = file
    const shift = (earlier.at(-1)?.seq ?? -1) + 1
    this.events = [
      ...earlier,
      ...this.events.map((event) => ({ ...event, seq: event.seq + shift })),
    ]
    this.bytes = this.events.reduce((sum, event) => sum + bytesOf(event), 0)
    this.nextSeq += shift
    this.dropOld()
  }

  add(event: Omit<PlaneEvent, 'seq' | 'time'>): void {
    const message = printable(event.message)
    const full = { ...event, message, seq: this.nextSeq++, time: this.options.now() }
    this.events.push(full)
    this.bytes += bytesOf(full)
    this.dropOld()
    this.options.onEvent(full)
    this.timer.setOnce(SAVE_DELAY_MS, () => this.save())
  }

  list({ after_seq: after, before_seq: before, limit = EVENTS_PAGE_MAX }: EventsQuery): EventsPage {
    this.dropOld()
    const found = this.events.filter(
      ({ seq }) => seq > (after ?? -Infinity) && seq < (before ?? Infinity),
    )
    return { events: found.slice(-limit), has_earlier: found.length > limit }
  }

  async close(): Promise<void> {
    this.timer.dispose()
    this.save()
    await this.saving
  }

  private dropOld(): void {
    const oldest = this.options.now() - EVENTS_DAYS_MAX * DAY_MS
    for (let [first] = this.events; first !== undefined; [first] = this.events) {
      if (this.bytes <= EVENT_BYTES_MAX && first.time >= oldest) return
      this.events.shift()
      this.bytes -= bytesOf(first)
    }
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

const bytesOf = (event: PlaneEvent) => Buffer.byteLength(JSON.stringify(event)) + 1
