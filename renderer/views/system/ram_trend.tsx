/** RAM of a backend over the last five minutes, from zero. Decoration of the figure beside it. */
import { areaPath, linePath, type Point } from '../../charts/paths.ts'
import { samplesOf, usePanel } from '../../state/panel_store.ts'
import { SAMPLE_SPAN_MS } from '../../state/sample_ring.ts'

const WIDTH = 110
const HEIGHT = 18
/** The peak does not touch the upper edge. */
const HEADROOM = 1.15

export function RamTrend({ name }: { name: string }) {
  const samples = usePanel((state) => samplesOf(state, name))
  const nowMs = usePanel((state) => state.nowMs)
  const peak = Math.max(0, ...samples.map((sample) => sample.rss_bytes ?? 0)) * HEADROOM
  if (!(peak > 0)) return null
  const points = samples.map(({ time, rss_bytes: bytes }): Point => ({
    x: WIDTH * (1 - (nowMs - time) / SAMPLE_SPAN_MS),
    y: bytes === null ? null : HEIGHT * (1 - bytes / peak),
  }))
  return (
    <svg
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={areaPath(points, HEIGHT)} fill="var(--ink-3)" opacity="0.16" />
      <path
        d={linePath(points)}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.25"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
