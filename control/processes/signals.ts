/** Sends signals without ever throwing: a process may be gone by now, or belong to somebody else (sudo). */

export type Kill = (pid: number, signal: NodeJS.Signals) => unknown

/** `refused`: it runs on (EPERM). */
export type SignalOutcome = 'sent' | 'gone' | 'refused'

/** A negative pid means a group; of a group, one member that takes the signal is enough for `sent`. */
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
