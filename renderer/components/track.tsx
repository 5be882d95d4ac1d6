/** The line from the gateway to a backend: closed = routed, dashed = loading, gap = off, gap and cross = failed. */
import type { BackendState } from '../../protocol/control.ts'
import './track.css'

const TRUNK_X = 14
const MIDDLE = 24
const TRACK = 'var(--ink-2)'
const BRANCH = `M${TRUNK_X} ${MIDDLE - 12}c0 8 4 12 12 12h18`
const BRANCH_START = `M${TRUNK_X} ${MIDDLE - 12}c0 4 1 7 3 9`

interface BackendTrackProps {
  state: BackendState
  isLast: boolean
  /** Somebody else runs it: its branch is double. */
  isExternal?: boolean
}

export function BackendTrack({ state, isLast, isExternal = false }: BackendTrackProps) {
  const isOpen = state === 'ready' || state === 'busy' || state === 'degraded'
  return (
    <span className="track" aria-hidden="true">
      <svg width="44" height="48" fill="none">
        {isExternal && isOpen ? <DoubleBranch state={state} /> : <Branch state={state} />}
      </svg>
      <Trunk to={isLast ? (state === 'disabled' ? MIDDLE : MIDDLE - 11.5) : '100%'} />
    </span>
  )
}

export function GatewayTrack({ hasBackends }: { hasBackends: boolean }) {
  return (
    <span className="track" aria-hidden="true">
      {hasBackends && <Trunk from={MIDDLE} />}
      <svg width="44" height="48" fill="none" stroke={TRACK} strokeWidth="2.5">
        <path d={`M${TRUNK_X - 7} ${MIDDLE}h14`} />
        <circle cx={TRUNK_X} cy={MIDDLE} r="5" fill="var(--surface)" />
        <path d={`M${TRUNK_X + 6} ${MIDDLE}h24`} />
      </svg>
    </span>
  )
}

/** Rows that belong to no branch, such as an explanation, let the trunk pass. */
export function PassingTrack() {
  return (
    <span className="track" aria-hidden="true">
      <Trunk />
    </span>
  )
}

function Trunk({ from = 0, to = '100%' }: { from?: number; to?: number | string }) {
  return (
    <svg className="track-trunk" width="44" fill="none">
      <line x1={TRUNK_X} x2={TRUNK_X} y1={from} y2={to} stroke={TRACK} strokeWidth="2.5" />
    </svg>
  )
}

function DoubleBranch({ state }: { state: BackendState }) {
  const colour = state === 'degraded' ? 'var(--warn-line)' : TRACK
  return (
    <>
      <path d={BRANCH} stroke={colour} strokeWidth="6" />
      <path d={BRANCH} stroke="var(--surface)" strokeWidth="2.5" />
    </>
  )
}

function Branch({ state }: { state: BackendState }) {
  switch (state) {
    case 'ready':
    case 'busy':
      return <path d={BRANCH} stroke={TRACK} strokeWidth="2.5" />
    case 'degraded':
      return <path d={BRANCH} stroke="var(--warn-line)" strokeWidth="2.5" />
    case 'starting':
    case 'loading':
      return (
        <path
          d={BRANCH}
          className="flow"
          stroke="var(--accent)"
          strokeWidth="2.5"
          strokeDasharray="5 3"
        />
      )
    case 'stopping':
      return <path d={BRANCH} stroke="var(--line-2)" strokeWidth="2.5" strokeDasharray="5 3" />
    case 'backoff':
      return (
        <g stroke="var(--warn-line)" strokeWidth="2.5">
          <path d={BRANCH_START} />
          <path d={`M${TRUNK_X + 16} ${MIDDLE}h14`} strokeDasharray="3 3" />
        </g>
      )
    case 'failed':
    case 'unreachable':
      return (
        <g stroke="var(--stop-line)" strokeWidth="2.5">
          <path d={BRANCH_START} />
          <path d={`M${TRUNK_X + 8} ${MIDDLE - 4}l8 8m0-8l-8 8`} strokeWidth="2" />
          <path d={`M${TRUNK_X + 21} ${MIDDLE}h9`} />
        </g>
      )
    case 'disabled':
      return <path d={`M${TRUNK_X + 16} ${MIDDLE}h14`} stroke="var(--line-2)" strokeWidth="2.5" />
  }
}
