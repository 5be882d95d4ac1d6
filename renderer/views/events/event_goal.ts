/** Where an event leads: a crash to its card, anything else to the log of that moment. Pure. */
import type { PlaneEvent } from '../../../protocol/events.ts'

export type EventGoal = 'crash card' | 'logs' | null

export interface Known {
  /** Names of the backends in the configuration. */
  backends: readonly string[]
  /** Lines from before this moment are in files, not in the panel, unix milliseconds. */
  startedAtMs: number
}

/** null: what it leads to is no longer there. */
export function goalOf({ kind, backend, time }: PlaneEvent, known: Known): EventGoal {
  const isConfigured = backend === null || known.backends.includes(backend)
  if (kind === 'crash') return backend !== null && isConfigured ? 'crash card' : null
  return time >= known.startedAtMs ? 'logs' : null
}
