/** Where a story leads: a crash to its card, anything else to the log of that moment. Pure. */
import type { Story } from '../../state/stories.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  /** Names of the backends in the configuration. */
  backends: readonly string[]
}

/** null: what it leads to is no longer there. */
export function goalOf({ backend, events }: Story, known: Known): EventGoal {
  if (!events.some((event) => event.crash_id !== undefined)) return 'logs'
  return backend !== null && known.backends.includes(backend) ? 'crash card' : null
}
