import { z } from 'zod'

const parentMessageSchema = z.union([
  /** Orderly stop; Windows has no SIGTERM. */
  z.object({ shutdown: z.literal(true) }),
  z.object({ configure: z.object({ request_timeout: z.number().positive() }) }),
])
export type ParentMessage = z.infer<typeof parentMessageSchema>

/** The config section: too long for a command line, and not to be visible to other users. */
const settingsSchema = z.object({ settings: z.record(z.string(), z.unknown()) })

/** Only in Electron's utility processes: https://www.electronjs.org/docs/latest/api/parent-port */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

const portOf = () => (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort

/** Messages before their listener, such as a shutdown while the settings are read. */
const EARLY_MAX = 16
let early: ParentMessage[] = []
let listener: ((message: ParentMessage) => void) | null = null
let noteSettings: (settings: Record<string, unknown>) => void = () => undefined
let isListening = false

export function onParentMessage(next: (message: ParentMessage) => void): void {
  listen()
  listener = next
  for (const message of early.splice(0)) next(message)
}

/** Rejects if there is no parent, or it exits before sending. */
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
