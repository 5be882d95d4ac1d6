import { areaPath, linePath, type Point } from '../charts/paths.ts'
import { SAMPLE_SPAN_MS } from '../state/sample_ring.ts'

const WIDTH = 120
/** Keeps the peak off the upper edge. */
const HEADROOM = 1.1
/** Fewer points, or a shorter time, draw only the base line. */
const POINTS_MIN = 5
const COVERED_MS_MIN = SAMPLE_SPAN_MS / 10

export interface SparkPoint {
  /** Unix milliseconds. */
  time: number
  /** null: nothing was measured; drawn as a gap. */
  line: number | null
  area: number | null
}

interface SparklineProps {
  points: readonly SparkPoint[]
  nowMs: number
  height: number
}

export function Sparkline({ points, nowMs, height }: SparklineProps) {
  const inSpan = points.filter(({ time }) => nowMs - time <= SAMPLE_SPAN_MS)
  const measured = inSpan.filter(({ line }) => line !== null)
  if (measured.length === 0) return null
  const peak = Math.max(0, ...measured.flatMap(({ line, area }) => [line ?? 0, area ?? 0]))
  const coveredMs = (measured.at(-1)?.time ?? 0) - (measured[0]?.time ?? 0)
  const isDrawn = measured.length >= POINTS_MIN && coveredMs >= COVERED_MS_MIN && peak > 0
  const pathOf = (pick: 'line' | 'area'): Point[] =>
    inSpan.map((point) => {
      const value = point[pick]
      return {
        x: WIDTH * (1 - (nowMs - point.time) / SAMPLE_SPAN_MS),
        y: value === null ? null : height * (1 - value / (peak * HEADROOM)),
      }
    })
  return (
    <svg
      className="sparkline"
      width="100%"
      height={height}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path
        d={`M0 ${height - 0.5}H${WIDTH}`}
        stroke="var(--line-2)"
        vectorEffect="non-scaling-stroke"
      />
      {isDrawn && (
        <>
          <path d={areaPath(pathOf('area'), height)} fill="var(--ink-3)" opacity="0.16" />
          <path
            d={linePath(pathOf('line'))}
            fill="none"
            stroke="var(--accent)"
            strokeWidth="1.25"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </>
      )}
    </svg>
  )
}
