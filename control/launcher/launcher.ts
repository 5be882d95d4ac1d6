/** How a backend process is started. One contract for every kind; the supervisor knows no other way. */

export interface LaunchRequest {
  name: string
  /** Arguments of the backend's entry file. */
  args: string[]
  /** Added to the environment of the control plane. */
  env: Record<string, string>
}

/** After the end: a grandchild may hold the pipes open for ever; what the process itself wrote is in them by now. */
export const PIPES_GRACE_MS = 1000

export type OutputStream = 'stdout' | 'stderr'

export interface LaunchEvents {
  /** A chunk of output as it comes; lines are split elsewhere. */
  onOutput(stream: OutputStream, chunk: Buffer): void
  /** Exactly once, after the last output. `failure` = the process could not be started at all. */
  onExit(exit: { code: number | null; signal: string | null; failure: string | null }): void
}

export interface Child {
  /** null when the process could not be started, or is not ours; and until `spawned` resolves. */
  readonly pid: number | null
  /** Of launchers that learn the pid later: resolves when it is known, or never will be. */
  readonly spawned?: Promise<void>
  /** Sends a message to a program of ours; others do not listen. */
  tell(message: object): void
  /** Asks for an orderly stop. */
  askToStop(): void
  /** Ends the process and all that it started, at once. */
  kill(): void
}

export interface Launcher {
  readonly kind: 'node' | 'utility' | 'command' | 'external'
  launch(request: LaunchRequest, events: LaunchEvents): Child
}
