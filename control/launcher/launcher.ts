/** How a backend process is started. One contract for every kind; the supervisor knows no other way. */
import { TOKEN_VARIABLE } from '../../server/token.ts'

export interface LaunchRequest {
  name: string
  /** Arguments of the backend's entry file. */
  args: string[]
  /** Added to the environment of the control plane. */
  env: Record<string, string>
}

/** After the end a grandchild may hold the pipes open for ever: its output is taken this long. */
export const PIPES_GRACE_MS = 1000

export type OutputStream = 'stdout' | 'stderr'

export interface LaunchEvents {
  /** A chunk of output as it comes; lines are split elsewhere. After the exit, what grandchildren write. */
  onOutput(stream: OutputStream, chunk: Buffer): void
  /**
   * Exactly once, as soon as the process has ended and what it wrote itself has been read; not when its pipes close, which a
   * grandchild may hold. `failure` = the process could not be started at all.
   */
  onExit(exit: { code: number | null; signal: string | null; failure: string | null }): void
}

export interface Child {
  /** null when the process could not be started, or is not ours; and until `spawned` resolves. */
  readonly pid: number | null
  /** Of launchers that learn the pid later: resolves when it is known, or never will be. */
  readonly spawned?: Promise<void>
  /** Sends a message to a program of ours; others do not listen. */
  tell(message: object): void
  /** Asks for an orderly stop. What the process started may outlive it then, and is left to the caller. */
  askToStop(graceMs: number): void
  /** Ends the process and all that it started by force. Never throws: what belongs to another user runs on. */
  kill(): void
}

/** For clients of the panel, and for a backend that the control plane has not started. */
const SECRET_VARIABLES = ['SWITCHYARD_PANEL_TOKEN', TOKEN_VARIABLE]

/** What a backend inherits: the environment of the control plane without its secrets. */
export const inheritedEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLES.includes(name)))

/** Hands on what the streams bring. A pipe that fails (EIO, EBADF) is a loss of lines, and never an error that nobody catches. */
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

/** How many turns of the event loop without output mean that there is no more. */
const QUIET_TURNS = 2
/** A grandchild that writes all the time must not hold up the news of the end. */
const TURNS_MAX = 100

/**
 * Calls `then` when what lies in the pipes has been read: within milliseconds of the exit, since the system has it all by then.
 * To be called in the turn in which the exit is noticed.
 */
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
