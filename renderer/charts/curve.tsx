import { useElementSize } from '../hooks/element_size.ts'
import { number } from '../format/number.ts'
import { clockSeconds } from '../format/time.ts'
import './curve.css'
import { areaPath, linePath, type Point } from './paths.ts'
import { ticksTo } from './scale.ts'

export interface CurvePoint {
  /** Unix milliseconds. */
  time: number
  value: number | null
}

interface CurveProps {
  points: readonly CurvePoint[]
  height: number
  unit: string
  summary: string
}

const LABELS_HEIGHT = 14
const TOP = 6
const AXIS_GAP = 5
/** Pixels per letter of a tick label. */
const LETTER_WIDTH = 6.2

export function Curve({ points, height, unit, summary }: CurveProps) {
  const [holder, { width }] = useElementSize<HTMLDivElement>()
  const [first, last] = [points[0], points.at(-1)]
  const ticks = ticksTo(Math.max(0, ...points.map(({ value }) => value ?? 0)), 2)
  const top = ticks.at(-1) ?? 1
  const label = (tick: number) => `${number(tick)}${tick === top ? unit : ''}`
  const left = Math.ceil(label(top).length * LETTER_WIDTH) + AXIS_GAP
  const bottom = height - LABELS_HEIGHT
  const y = (value: number) => bottom - (value / top) * (bottom - TOP)
  const placed = placedPoints(points, left, width, y)
  return (
    <div ref={holder} className="curve" role="img" aria-label={summary} style={{ height }}>
      <svg width={width} height={height} aria-hidden="true">
        {ticks.map((tick) => (
          <g key={tick}>
            <path d={`M${left} ${Math.round(y(tick)) + 0.5}H${width}`} stroke="var(--line)" />
            <text x={left - AXIS_GAP} y={y(tick) + 4} textAnchor="end">
              {label(tick)}
            </text>
          </g>
        ))}
        <path d={areaPath(placed, bottom)} fill="var(--ink-3)" opacity="0.16" />
        <path d={linePath(placed)} fill="none" stroke="var(--ink)" strokeWidth="1.25" />
        {first && last && (
          <>
            <text x={left} y={height - 3}>
              {clockSeconds(first.time, last.time)}
            </text>
            <text x={width} y={height - 3} textAnchor="end">
              {clockSeconds(last.time, last.time)}
            </text>
          </>
        )}
      </svg>
    </div>
  )
}

function placedPoints(
  points: readonly CurvePoint[],
  left: number,
  right: number,
  y: (value: number) => number,
): Point[] {
  const [from, to] = [points[0]?.time ?? 0, points.at(-1)?.time ?? 0]
  const x = (time: number) =>
    to > from ? left + ((time - from) / (to - from)) * (right - left) : left
  return points.map(({ time, value }) => ({ x: x(time), y: value === null ? null : y(value) }))
}
