/** Where a story leads: a crash to its card, anything else to the log of that moment. Pure. */
import type { Story } from '../../state/stories.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  /** Names of the backends in the configuration. */
  backends: readonly string[]
}

/** null: what it leads to is no longer there. */
export function goalOf({ kind, backend, events }: Story, known: Known): EventGoal {
  const isEnd = kind === 'crash' || kind === 'start_failed'
  const hasCard = events.some((event) => event.kind === 'crash' || event.kind === 'start_failed')
  const isConfigured = backend === null || known.backends.includes(backend)
  if (isEnd && hasCard && backend !== null && isConfigured) return 'crash card'
  return hasCard ? null : 'logs'
}
