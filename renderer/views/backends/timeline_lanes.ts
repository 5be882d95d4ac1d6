/** Changes of state as stretches of a lane. Pure. */
import type { BackendState } from '../../../protocol/control.ts'
import type { StateChange } from '../../state/state_changes.ts'

export const TIMELINE_MS = 60 * 60_000
/** A window just opened would otherwise show a minute as a wall of colour. */
const SPAN_MS_MIN = 10 * 60_000

export type LaneKind = 'ready' | 'starting' | 'degraded' | 'backoff' | 'down' | 'off'

export interface Stretch {
  id: number
  kind: LaneKind
  /** Shares of the lane's width. */
  from: number
  width: number
}

export interface Lane {
  backend: string
  stretches: readonly Stretch[]
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
  stopping: 'starting',
  backoff: 'backoff',
  failed: 'down',
  unreachable: 'down',
  disabled: 'off',
}

/** At most the last hour; less while the window has not been open that long. */
export function spanOf(changes: readonly StateChange[], openedAtMs: number, nowMs: number): Span {
  const first = Math.min(openedAtMs, ...changes.slice(0, 50).map((change) => change.atMs))
  const wanted = Math.max(SPAN_MS_MIN, nowMs - first)
  return { fromMs: nowMs - Math.min(TIMELINE_MS, wanted), toMs: nowMs }
}

export function lanesOf(
  changes: readonly StateChange[],
  backends: readonly string[],
  span: Span,
): readonly Lane[] {
  return backends.map((backend) => {
    const own = changes.filter((change) => change.backend === backend)
    const stretches = own.flatMap((change, index) =>
      stretchOf(change, own[index + 1]?.atMs ?? span.toMs, span),
    )
    return { backend, stretches }
  })
}

function stretchOf(change: StateChange, endMs: number, span: Span): Stretch[] {
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
