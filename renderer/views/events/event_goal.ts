/** Where a story leads: a crash to its card, anything else to the log of that moment. Pure. */
import type { Story } from '../../state/stories.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  /** Names of the backends in the configuration. */
  backends: readonly string[]
  /** The log files of earlier runs reach back to this moment, unix milliseconds; null: it is not known. */
  startedAtMs: number
}

/** null: what it leads to is no longer there. */
export function goalOf(
  { kind, backend, events: [first, ...rest] }: Story,
  known: Known,
): EventGoal {
  const hasCard = [first, ...rest].some((event) => event.kind === 'crash')
  const isConfigured = backend === null || known.backends.includes(backend)
  if (kind === 'crash' && hasCard && backend !== null && isConfigured) return 'crash card'
  if (hasCard) return null
  return first.time >= known.startedAtMs ? 'logs' : null
}
