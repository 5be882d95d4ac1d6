/** Ends a backend whose Switchyard has exited, even by SIGKILL. */
import { Disposables } from '../../protocol/disposables.ts'

/** Set by Switchyard for each process it starts. */
export const PARENT_PID_VARIABLE = 'SWITCHYARD_PARENT_PID'
const POLL_MS = 1000

/** Calls `onLost` once when the parent has ended: by IPC, or by polling. Does nothing for a manual start. */
export function watchParent(environment: NodeJS.ProcessEnv, onLost: () => void): () => void {
  const parentPid = Number(environment[PARENT_PID_VARIABLE])
  if (!Number.isInteger(parentPid) || parentPid <= 1) return () => undefined
  const watches = new Disposables()
  const lose = () => {
    void watches.dispose()
    onLost()
  }
  const look = () => {
    if (!isAlive(parentPid)) lose()
  }
  watches.interval(POLL_MS, look).unref()
  watches.on(process, 'disconnect', lose)
  return () => void watches.dispose()
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is alive, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
