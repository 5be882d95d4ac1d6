/** Switches that were moved but not yet confirmed by a snapshot. A switch shows the wanted state immediately. */
import type { BackendView, Snapshot } from '../../protocol/control.ts'

export interface PendingSwitch {
  wanted: boolean
  /** The call was answered, so the next snapshot decides. */
  answered: boolean
}
export type PendingSwitches = Readonly<Record<string, PendingSwitch>>

export function isWanted(backend: BackendView, pending: PendingSwitches): boolean {
  return pending[backend.name]?.wanted ?? backend.wanted
}

export function afterSnapshot(pending: PendingSwitches, snapshot: Snapshot): PendingSwitches {
  const kept = Object.entries(pending).filter(([name, { wanted, answered }]) => {
    const backend = snapshot.backends.find((one) => one.name === name)
    return backend !== undefined && backend.wanted !== wanted && !answered
  })
  return kept.length === Object.keys(pending).length ? pending : Object.fromEntries(kept)
}

export function moved(pending: PendingSwitches, name: string, wanted: boolean): PendingSwitches {
  return { ...pending, [name]: { wanted, answered: false } }
}

export function answered(pending: PendingSwitches, name: string): PendingSwitches {
  const entry = pending[name]
  return entry ? { ...pending, [name]: { ...entry, answered: true } } : pending
}

export function forgotten(pending: PendingSwitches, name: string): PendingSwitches {
  return Object.fromEntries(Object.entries(pending).filter(([key]) => key !== name))
}
