/** Events as state bars and marks of the timeline's lanes. */
import { BACKEND_STATES, type BackendState, type BackendView } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'

export const TIMELINE_MS = 60 * 60_000

export type LaneKind = 'ready' | 'starting' | 'stopping' | 'degraded' | 'backoff' | 'down' | 'off'

export interface Stretch {
  id: number
  kind: LaneKind
  from: number
  width: number
}

export interface LaneMark {
  id: number
  kind: 'crash' | 'config'
  at: number
  message: string
}

interface Lane {
  stretches: readonly Stretch[]
  marks: readonly LaneMark[]
}

export interface Span {
  fromMs: number
  toMs: number
}

const KINDS: Record<BackendState, LaneKind> = {
  ready: 'ready',
  busy: 'ready',
  degraded: 'degraded',
  starting: 'starting',
  loading: 'starting',
  stopping: 'stopping',
  backoff: 'backoff',
  failed: 'down',
  unreachable: 'down',
  disabled: 'off',
}

/** The last hour, in windows of any size. */
export const spanOf = (nowMs: number): Span => ({ fromMs: nowMs - TIMELINE_MS, toMs: nowMs })

interface Change {
  id: number
  state: BackendState
  atMs: number
}

interface History {
  events: readonly PlaneEvent[]
  /** Start of this run of Switchyard, unix ms: earlier states end with their run. */
  startedAtMs: number
  span: Span
}

export function laneOf(
  { name, state, since }: Pick<BackendView, 'name' | 'state' | 'since'>,
  { events, startedAtMs, span }: History,
): Lane {
  const lastBefore = events.findLast(({ time }) => time < startedAtMs)?.time ?? startedAtMs
  const own = events.filter(({ backend }) => backend === name)
  // The current state is known even if its event has left the list.
  const changes = [...own.flatMap(changeOf), { id: -1, state, atMs: since }]
  const stretches = changes.flatMap((change, index) => {
    const endMs = changes[index + 1]?.atMs ?? span.toMs
    const isOfEarlierRun = change.atMs < startedAtMs && endMs >= startedAtMs
    return stretchOf(change, isOfEarlierRun ? lastBefore : endMs, span)
  })
  return { stretches, marks: own.flatMap((event) => markOf(event, 'crash', span)) }
}

export function configMarks(events: readonly PlaneEvent[], span: Span): readonly LaneMark[] {
  return events.flatMap((event) => markOf(event, 'config', span))
}

function changeOf({ seq, kind, state, time }: PlaneEvent): Change[] {
  const known = BACKEND_STATES.find((one) => one === state)
  return kind === 'state' && known !== undefined ? [{ id: seq, state: known, atMs: time }] : []
}

function markOf(event: PlaneEvent, kind: LaneMark['kind'], { fromMs, toMs }: Span): LaneMark[] {
  const { seq, time, message } = event
  if (event.kind !== kind || time < fromMs || time > toMs) return []
  return [{ id: seq, kind, at: (time - fromMs) / (toMs - fromMs), message }]
}

function stretchOf(change: Change, endMs: number, span: Span): Stretch[] {
  const lengthMs = span.toMs - span.fromMs
  const startMs = Math.max(change.atMs, span.fromMs)
  const stopMs = Math.min(endMs, span.toMs)
  if (stopMs < startMs || endMs <= span.fromMs) return []
  return [
    {
      id: change.id,
      kind: KINDS[change.state],
      from: (startMs - span.fromMs) / lengthMs,
      width: (stopMs - startMs) / lengthMs,
    },
  ]
}
