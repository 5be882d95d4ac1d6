import type { Message } from '../../protocol/messages.ts'
import { TOKEN_VARIABLE } from '../../server/token.ts'

export interface LaunchRequest {
  name: string
  args: string[]
  /** Added to the environment of the control plane. */
  env: Record<string, string>
}

/** A grandchild may hold the pipes open forever after the exit; its output is read for this long. */
export const PIPES_GRACE_MS = 1000

export type OutputStream = 'stdout' | 'stderr'

export interface LaunchEvents {
  /** A chunk of raw output; after the exit, output of grandchildren. */
  onOutput(stream: OutputStream, chunk: Buffer): void
  /** Called exactly once, after the exit and the process's own output, not when its pipes close. `failure`: it did not start. */
  onExit(exit: { code: number | null; signal: string | null; failure: Message | null }): void
}

export interface Child {
  /** null when the process could not be started or is external, and until `spawned` resolves. */
  readonly pid: number | null
  /** What is unusual about this start. */
  readonly note?: Message
  /** For launchers that learn the pid later: resolves when the pid is known or never will be. */
  readonly spawned?: Promise<void>
  /** Sends a message to a built-in program; others do not listen. */
  tell(message: object): void
  /** Requests a graceful stop. Children may outlive the process; the caller handles them. */
  askToStop(graceMs: number): void
  /** Kills the process and all its children. Never throws: a process of another user keeps running. */
  kill(): void
}

/** For clients of the panel, and for backends that the control plane has not started. */
const SECRET_VARIABLES = ['SWITCHYARD_PANEL_TOKEN', TOKEN_VARIABLE]

export const inheritedEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.includes(name)))

/** Forwards the output. A failing pipe (EIO, EBADF) loses lines but never causes an uncaught error. */
export function followOutput(
  streams: Readonly<Record<OutputStream, OutputSource>>,
  onOutput: LaunchEvents['onOutput'],
): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const note = (text: string | Buffer) => {
      onOutput(name, Buffer.from(text))
    }
    streams[name]?.on('data', note)
    streams[name]?.on('error', ({ message }: Error) => {
      note(
        `\nERROR The ${name} of this process could not be read: ${message}. Later lines are lost.\n`,
      )
    })
  }
}

/** null: the process has none. */
type OutputSource = Pick<NodeJS.EventEmitter, 'on' | 'off'> | null

/** Event loop turns without output that mark its end. */
const QUIET_TURNS = 2
/** A grandchild that writes constantly must not delay the exit event. */
const TURNS_MAX = 100

/** Calls `then` when the pipes are drained, within milliseconds of the exit. Call it in the turn in which the exit is noticed. */
export function afterOutput(streams: readonly OutputSource[], then: () => void): void {
  let hasRead = false
  const note = () => {
    hasRead = true
  }
  for (const stream of streams) stream?.on('data', note)
  let quiet = 0
  let turns = 0
  const turn = () => {
    quiet = hasRead ? 0 : quiet + 1
    hasRead = false
    turns++
    if (quiet < QUIET_TURNS && turns < TURNS_MAX) {
      setImmediate(turn)
      return
    }
    for (const stream of streams) stream?.off('data', note)
    then()
  }
  setImmediate(turn)
}

export interface Launcher {
  readonly kind: 'node' | 'utility' | 'command' | 'external'
  launch(request: LaunchRequest, events: LaunchEvents): Child
}
