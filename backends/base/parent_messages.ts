/** What the control plane sends to this process, whichever way it was started: Node's channel or Electron's port. */
import { z } from 'zod'

const parentMessageSchema = z.union([
  /** Stop in order; on Windows there is no SIGTERM. */
  z.object({ shutdown: z.literal(true) }),
  /** The configuration changed in what needs no restart. */
  z.object({ configure: z.object({ request_timeout: z.number().positive() }) }),
])
export type ParentMessage = z.infer<typeof parentMessageSchema>

/** The section of the configuration: too long for a command line, and nothing that other users of the machine may read. */
const settingsSchema = z.object({ settings: z.record(z.string(), z.unknown()) })

/** Only in Electron's utility processes: https://www.electronjs.org/docs/latest/api/parent-port */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

const portOf = () => (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort

/** Messages that came before their listener, such as a shutdown while the settings are read. */
const EARLY_MAX = 16
let early: ParentMessage[] = []
let listener: ((message: ParentMessage) => void) | null = null
let noteSettings: (settings: Record<string, unknown>) => void = () => undefined
let isListening = false

/** Calls `next` for each message of this protocol; others are ignored. */
export function onParentMessage(next: (message: ParentMessage) => void): void {
  listen()
  listener = next
  for (const message of early.splice(0)) next(message)
}

/** Resolves with the first settings. Rejects when there is no parent to send them, or it goes away. */
export function settingsFromParent(): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      reject(new Error('the parent process sent no settings'))
    }
    noteSettings = (settings) => {
      process.off('disconnect', fail)
      resolve(settings)
    }
    if (portOf() === undefined && !process.connected) fail()
    process.once('disconnect', fail)
    listen()
  })
}

function listen(): void {
  if (isListening) return
  isListening = true
  process.on('message', receive)
  portOf()?.on('message', ({ data }) => {
    receive(data)
  })
}

function receive(value: unknown): void {
  const settings = settingsSchema.safeParse(value)
  if (settings.success) noteSettings(settings.data.settings)
  const parsed = parentMessageSchema.safeParse(value)
  if (!parsed.success) return
  if (listener !== null) listener(parsed.data)
  else early = [...early, parsed.data].slice(-EARLY_MAX)
}
