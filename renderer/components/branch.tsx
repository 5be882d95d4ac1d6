/** The line from the gateway to a backend: closed = routed, dashed = loading, gap = off, gap and cross = failed. */
import type { BackendState } from '../../protocol/control.ts'
import './branch.css'

const RAIL_X = 14
const MIDDLE = 24
const LINE = 'var(--ink-2)'
const BRANCH = `M${RAIL_X} ${MIDDLE - 12}c0 8 4 12 12 12h18`
const BRANCH_START = `M${RAIL_X} ${MIDDLE - 12}c0 4 1 7 3 9`

interface BackendBranchProps {
  state: BackendState
  isLast: boolean
  isExternal?: boolean
}

export function BackendBranch({ state, isLast, isExternal = false }: BackendBranchProps) {
  const isOpen = state === 'ready' || state === 'busy' || state === 'degraded'
  return (
    <span className="branch" aria-hidden="true">
      <svg width="44" height="48" fill="none">
        {isExternal && isOpen ? <DoubleBranch state={state} /> : <Branch state={state} />}
      </svg>
      <Rail to={isLast ? (state === 'disabled' ? MIDDLE : MIDDLE - 11.5) : '100%'} />
    </span>
  )
}

export function GatewayBranch({ hasBackends }: { hasBackends: boolean }) {
  return (
    <span className="branch" aria-hidden="true">
      {hasBackends && <Rail from={MIDDLE} />}
      <svg width="44" height="48" fill="none" stroke={LINE} strokeWidth="2.5">
        <path d={`M${RAIL_X - 7} ${MIDDLE}h14`} />
        <circle cx={RAIL_X} cy={MIDDLE} r="5" fill="var(--surface)" />
        <path d={`M${RAIL_X + 6} ${MIDDLE}h24`} />
      </svg>
    </span>
  )
}

/** Rows without a branch let the rail pass. */
export function PassingRail() {
  return (
    <span className="branch" aria-hidden="true">
      <Rail />
    </span>
  )
}

function Rail({ from = 0, to = '100%' }: { from?: number; to?: number | string }) {
  return (
    <svg className="branch-rail" width="44" fill="none">
      <line x1={RAIL_X} x2={RAIL_X} y1={from} y2={to} stroke={LINE} strokeWidth="2.5" />
    </svg>
  )
}

function DoubleBranch({ state }: { state: BackendState }) {
  const colour = state === 'degraded' ? 'var(--warn-line)' : LINE
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
      return <path d={BRANCH} stroke={LINE} strokeWidth="2.5" />
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
          <path d={`M${RAIL_X + 16} ${MIDDLE}h14`} strokeDasharray="3 3" />
        </g>
      )
    case 'failed':
    case 'unreachable':
      return (
        <g stroke="var(--stop-line)" strokeWidth="2.5">
          <path d={BRANCH_START} />
          <path d={`M${RAIL_X + 8} ${MIDDLE - 4}l8 8m0-8l-8 8`} strokeWidth="2" />
          <path d={`M${RAIL_X + 21} ${MIDDLE}h9`} />
        </g>
      )
    case 'disabled':
      return <path d={`M${RAIL_X + 16} ${MIDDLE}h14`} stroke="var(--line-2)" strokeWidth="2.5" />
  }
}
