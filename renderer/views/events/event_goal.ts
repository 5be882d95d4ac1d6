import type { Story } from '../../state/stories.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  backends: readonly string[]
}

/** Crash stories link to their card, others to the log of that moment. null if the target no longer exists. */
export function goalOf({ backend, events }: Story, known: Known): EventGoal {
  if (!events.some((event) => event.crash_id !== undefined)) return 'logs'
  return backend !== null && known.backends.includes(backend) ? 'crash card' : null
}
