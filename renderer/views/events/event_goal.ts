/** Where a story leads: a crash to its card, anything else to the log of that moment. Pure. */
import type { Story } from '../../state/stories.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  /** Names of the backends in the configuration. */
  backends: readonly string[]
}

/** null: what it leads to is no longer there. */
export function goalOf({ kind, backend, events }: Story, known: Known): EventGoal {
  const hasCard = events.some((event) => event.kind === 'crash')
  const isConfigured = backend === null || known.backends.includes(backend)
  if (kind === 'crash' && hasCard && backend !== null && isConfigured) return 'crash card'
  return hasCard ? null : 'logs'
}
