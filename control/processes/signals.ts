/** Sends signals without throwing: a process may have exited or belong to another user (sudo). */

export type Kill = (pid: number, signal: NodeJS.Signals) => unknown

/** `refused` (EPERM): it keeps running. */
export type SignalOutcome = 'sent' | 'gone' | 'refused'

/** A negative pid means a group, where one member that gets the signal is enough for `sent`. */
export function sendSignal(
  pid: number,
  signal: NodeJS.Signals,
  kill: Kill = (to, which) => process.kill(to, which),
): SignalOutcome {
  try {
    kill(pid, signal)
    return 'sent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'refused'
  }
}

/** Also true for a process of another user, and for one that has ended and was not waited for. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
