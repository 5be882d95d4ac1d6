/** The angle of the bar carries the state (upright clear, diagonal caution, level stop); colour repeats it. */
import type { BackendState } from '../../protocol/control.ts'

interface StatusIconProps {
  state: BackendState
  size?: number
  /** Drawn share of the ring, for a start or a countdown; null if unknown. */
  share?: number | null
  /** A past state: nothing moves. */
  isStill?: boolean
  /** External backends have a dashed ring. */
  isExternal?: boolean
}

/** Decorative: the label beside it has the same meaning. */
export function StatusIcon({ state, size = 15, share = null, ...about }: StatusIconProps) {
  const { isStill = false, isExternal = false } = about
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      data-status-icon={state}
      data-still={isStill ? '' : undefined}
    >
      <Sign state={state} share={share} isExternal={isExternal} />
    </svg>
  )
}

interface SignProps {
  state: BackendState
  share: number | null
  isExternal: boolean
}

function Sign({ state, share, isExternal }: SignProps) {
  switch (state) {
    case 'ready':
      if (isExternal) return <DashedRing colour="var(--ok)" angle={90} />
      return <Disc colour="var(--ok)" angle={90} />
    case 'busy':
      return (
        <>
          <g className="spin">
            <Ring colour="var(--ok)" share={0.25} />
          </g>
          <Bar colour="var(--ok)" angle={90} width={2} />
        </>
      )
    case 'degraded':
      if (isExternal) return <DashedRing colour="var(--warn)" angle={45} />
      return <Disc colour="var(--warn)" angle={45} />
    case 'failed':
      return <Disc colour="var(--stop)" angle={0} />
    case 'unreachable':
      return <DashedRing colour="var(--stop)" angle={0} />
    case 'disabled':
      return (
        <>
          <circle cx="8" cy="8" r="6" fill="none" stroke="var(--ink-3)" strokeWidth="1.6" />
          <Bar colour="var(--ink-3)" angle={0} width={1.8} />
        </>
      )
    case 'backoff':
      return (
        <>
          <Ring colour="var(--warn)" share={share ?? 1} />
          <Bar colour="var(--warn)" angle={45} width={2} />
        </>
      )
    case 'starting':
    case 'loading':
      return <Progress colour="var(--accent)" share={share} />
    case 'stopping':
      return <Progress colour="var(--ink-3)" share={share} />
  }
}

function Disc({ colour, angle }: { colour: string; angle: number }) {
  return (
    <>
      <circle cx="8" cy="8" r="7" fill={colour} />
      <Bar colour="var(--surface)" angle={angle} width={2.4} />
    </>
  )
}

function DashedRing({ colour, angle }: { colour: string; angle: number }) {
  return (
    <>
      <circle
        cx="8"
        cy="8"
        r="6"
        fill="none"
        stroke={colour}
        strokeWidth="2"
        strokeDasharray="3 3.28"
      />
      <Bar colour={colour} angle={angle} width={2} />
    </>
  )
}

function Progress({ colour, share }: { colour: string; share: number | null }) {
  return (
    <>
      <g className={share === null ? 'spin' : undefined}>
        <Ring colour={colour} share={share ?? 0.25} />
      </g>
      <circle cx="8" cy="8" r="1.8" fill={colour} />
    </>
  )
}

const RING = 2 * Math.PI * 6

function Ring({ colour, share }: { colour: string; share: number }) {
  return (
    <>
      <circle cx="8" cy="8" r="6" fill="none" stroke="var(--line-2)" strokeWidth="2" />
      <circle
        cx="8"
        cy="8"
        r="6"
        fill="none"
        stroke={colour}
        strokeWidth="2"
        strokeDasharray={`${RING * share} ${RING}`}
        transform="rotate(-90 8 8)"
      />
    </>
  )
}

function Bar({ colour, angle, width }: { colour: string; angle: number; width: number }) {
  return (
    <path
      d="M4 8h8"
      stroke={colour}
      strokeWidth={width}
      strokeLinecap="round"
      transform={`rotate(${-angle} 8 8)`}
    />
  )
}
