/** What the control plane tells this process, whichever way it was started: Node's channel or Electron's port. */
import { z } from 'zod'

const parentMessageSchema = z.union([
  /** Stop in order; on Windows there is no SIGTERM. */
  z.object({ shutdown: z.literal(true) }),
  /** The configuration changed in what needs no restart. */
  z.object({ configure: z.object({ request_timeout: z.number().positive() }) }),
])
export type ParentMessage = z.infer<typeof parentMessageSchema>

/** Only in Electron's utility processes: https://www.electronjs.org/docs/latest/api/parent-port */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** Calls `listener` for each message that is one of ours; the others are nobody's. */
export function onParentMessage(listener: (message: ParentMessage) => void): void {
  const receive = (value: unknown) => {
    const parsed = parentMessageSchema.safeParse(value)
    if (parsed.success) listener(parsed.data)
  }
  process.on('message', receive)
  const { parentPort } = process as NodeJS.Process & { parentPort?: ParentPort }
  parentPort?.on('message', ({ data }) => {
    receive(data)
  })
}
