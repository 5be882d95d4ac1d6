/** Ends a backend whose Switchyard has exited, even by SIGKILL. */

/** Set by Switchyard for each process it starts. */
export const PARENT_PID_VARIABLE = 'SWITCHYARD_PARENT_PID'
const POLL_MS = 1000

/** Calls `onLost` once when the parent has ended: by IPC, or by polling. Does nothing for a manual start. */
export function watchParent(environment: NodeJS.ProcessEnv, onLost: () => void): () => void {
  const parentPid = Number(environment[PARENT_PID_VARIABLE])
  if (!Number.isInteger(parentPid) || parentPid <= 1) return () => undefined
  let isOver = false
  const stop = () => {
    isOver = true
    clearInterval(timer)
    process.off('disconnect', lose)
  }
  const lose = () => {
    if (isOver) return
    stop()
    onLost()
  }
  const timer = setInterval(() => {
    if (!isAlive(parentPid)) lose()
  }, POLL_MS)
  timer.unref()
  process.on('disconnect', lose)
  return stop
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
