/** p50 as a line over p95 as an area, without axes. Decoration of the figures above it. */
import type { Sample } from '../../protocol/control.ts'
import { areaPath, linePath, type Point } from '../charts/paths.ts'
import { SAMPLE_SPAN_MS } from '../state/sample_ring.ts'

const WIDTH = 120

interface SparklineProps {
  samples: readonly Sample[]
  nowMs: number
  height: number
}

export function Sparkline({ samples, nowMs, height }: SparklineProps) {
  const peak = Math.max(...samples.map((sample) => sample.latency_ms?.p95 ?? 0)) * 1.05
  if (!(peak > 0)) return null
  const x = (sample: Sample) => WIDTH * (1 - (nowMs - sample.time) / SAMPLE_SPAN_MS)
  const points = (pick: 'p50' | 'p95'): Point[] =>
    samples.map((sample) => ({
      x: x(sample),
      y: sample.latency_ms === null ? null : height * (1 - sample.latency_ms[pick] / peak),
    }))
  return (
    <svg
      className="sparkline"
      width="100%"
      height={height}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={areaPath(points('p95'), height)} fill="var(--ink-3)" opacity="0.16" />
      <path
        d={linePath(points('p50'))}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.25"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
