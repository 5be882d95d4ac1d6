/** State changes seen by this window, for the timeline and screen readers. */
import { messageIn, type Message } from '../../protocol/messages.ts'
import type { BackendState, BackendView, Snapshot } from '../../protocol/control.ts'

export const CHANGES_MAX = 500

export interface StateChange {
  id: number
  backend: string
  state: BackendState
  detail: Message | null
  atMs: number
}

/** Adds a change for each backend whose state differs; the first snapshot counts as a change. */
export function withChanges(
  changes: readonly StateChange[],
  before: Snapshot | null,
  after: Snapshot,
): readonly StateChange[] {
  const added = after.backends
    .filter((backend) => hasChanged(find(before, backend.name), backend))
    .sort((left, right) => left.since - right.since)
  if (added.length === 0) return changes
  let id = changes.at(-1)?.id ?? 0
  const fresh = added.map((backend) => ({
    id: ++id,
    backend: backend.name,
    state: backend.state,
    detail: messageIn(backend, 'detail'),
    atMs: backend.since,
  }))
  return [...changes, ...fresh].slice(-CHANGES_MAX)
}

function hasChanged(before: BackendView | undefined, after: BackendView): boolean {
  return !before || before.state !== after.state || before.since !== after.since
}

function find(snapshot: Snapshot | null, name: string): BackendView | undefined {
  return snapshot?.backends.find((backend) => backend.name === name)
}
