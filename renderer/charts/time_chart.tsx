/** Lines over the last five minutes on a canvas (uPlot). The crosshair is shared by all charts of one `syncKey`. */
import { useEffect, useRef, type KeyboardEvent } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { number } from '../format/number.ts'
import { SAMPLE_SPAN_MS } from '../state/sample_ring.ts'
import { useResolvedTheme } from '../shell/theme.ts'
import { ticksTo } from './scale.ts'
import type { Column } from './series.ts'
import './time_chart.css'

export interface ChartLine {
  /** A token such as `--accent`. */
  token: string
  values: Column
  width?: number
  isDashed?: boolean
  isFilled?: boolean
}

interface TimeChartProps {
  timeS: readonly number[]
  lines: readonly ChartLine[]
  nowMs: number
  height: number
  /** After the top tick: " ms", "/s". */
  unit: string
  /** Grid lines above zero, at most. */
  gaps: number
  /** Smallest distance of two grid lines. */
  stepMin?: number
  /** Ticks at each minute, or at both ends only. */
  isWide: boolean
  syncKey: string
  /** One sentence that says what the picture says. */
  summary: string
  onCursor: (index: number | null) => void
}

const AXIS_WIDTH_MIN = 41
/** Of one letter of a tick label. */
const LETTER_WIDTH = 6.2
const PADDING_RIGHT = 6
/** The labels of the time axis are text below the canvas: there they can end flush with it. */
const LABELS_HEIGHT = 14
const TICK_SHARES_WIDE = [0, 0.2, 0.4, 0.6, 0.8, 1]
const TICK_SHARES_NARROW = [0, 1]
const SPAN_S = SAMPLE_SPAN_MS / 1000

export function TimeChart(props: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const latest = useRef(props)
  const theme = useResolvedTheme()
  const { lines } = props
  const height = props.height - LABELS_HEIGHT
  const shape = JSON.stringify(lines.map(({ values: _, ...look }) => look))

  useEffect(() => {
    latest.current = props
    const plot = chart.current
    if (!plot) return
    plot.setData(dataOf(props))
  })

  // uPlot paints colours and sizes into its canvas once, so a change of either needs a new one.
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const plot = new uPlot(
      optionsFor(latest, element.clientWidth, height),
      dataOf(latest.current),
      element,
    )
    chart.current = plot
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      chart.current = null
    }
  }, [height, shape, theme])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    const plot = chart.current
    const times = plot?.data[0]
    if (!plot || !times || step === 0) return
    event.preventDefault()
    const from = plot.cursor.idx ?? times.length
    const index = Math.max(0, Math.min(times.length - 1, from + step))
    const left = plot.valToPos(times[index] ?? 0, 'x')
    plot.setCursor({ left, top: height / 2 })
  }

  const shares = props.isWide ? TICK_SHARES_WIDE : TICK_SHARES_NARROW
  return (
    <div
      className="time-chart"
      style={{ height: props.height }}
      role="img"
      tabIndex={0}
      aria-label={props.summary}
      onKeyDown={onKeyDown}
    >
      <div ref={holder} style={{ height }} />
      <div className="time-labels" style={{ left: axisWidth(props), right: PADDING_RIGHT }}>
        {shares.map((share) => (
          <span key={share} style={{ left: `${share * 100}%`, translate: `${-shift(share)}% 0` }}>
            {minuteLabel(share)}
          </span>
        ))}
      </div>
    </div>
  )
}

/** The first label begins at its tick and the last one ends there; the others are centred. */
function shift(share: number): number {
  return share === 0 ? 0 : share === 1 ? 100 : 50
}

function dataOf({ timeS, lines }: TimeChartProps): uPlot.AlignedData {
  // uPlot's types want mutable arrays; it does not change them.
  return [timeS as number[], ...lines.map((line) => line.values as (number | null)[])]
}

function optionsFor(
  latest: { readonly current: TimeChartProps },
  width: number,
  height: number,
): uPlot.Options {
  const colour = (token: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(token).trim()
  const { lines, syncKey, unit } = latest.current
  const grid = { stroke: colour('--line'), width: 1 }
  const font = `10.5px ${getComputedStyle(document.body).fontFamily}`
  const ticks = () => ticksOf(latest.current)
  const axis: uPlot.Axis = { stroke: colour('--ink-3'), font, ticks: { show: false }, gap: 4 }
  return {
    width,
    height,
    padding: [6, PADDING_RIGHT, 6, 0],
    legend: { show: false },
    cursor: {
      sync: { key: syncKey },
      y: false,
      drag: { x: false, y: false },
      points: { size: 6, width: 1.5, fill: colour('--surface') },
    },
    scales: {
      x: { time: true, range: () => windowOf(latest.current.nowMs) },
      y: { range: () => [0, ticks().at(-1) ?? 1] },
    },
    axes: [
      { show: false },
      {
        ...axis,
        size: () => axisWidth(latest.current),
        grid,
        splits: () => [...ticks()],
        values: (_, splits) =>
          splits.map((split, index) => tickLabel(split, index === splits.length - 1, unit)),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: colour(line.token),
        width: line.width ?? 1.25,
        points: { show: true, filter: lonelyPoints, size: 3, fill: colour(line.token) },
        ...(line.isDashed && { dash: [3, 2] }),
        ...(line.isFilled && { fill: `${colour(line.token)}24` }),
      })),
    ],
    hooks: { setCursor: [(plot) => latest.current.onCursor(plot.cursor.idx ?? null)] },
  }
}

/** A sample between two gaps has no line; a point shows it. */
function lonelyPoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? []
  const isMissing = (index: number) => values[index] === null || values[index] === undefined
  return Array.from(values, (_, index) => index).filter(
    (index) => !isMissing(index) && isMissing(index - 1) && isMissing(index + 1),
  )
}

function windowOf(nowMs: number): [number, number] {
  return [nowMs / 1000 - SPAN_S, nowMs / 1000]
}

function minuteLabel(share: number): string {
  if (share === 1) return 'now'
  const minutes = Math.round((1 - share) * (SPAN_S / 60))
  return `\u2212${minutes}${share === 0 ? ' min' : ''}`
}

function tickLabel(value: number, isTop: boolean, unit: string): string {
  const decimals = Number.isInteger(value) ? 0 : value * 10 === Math.round(value * 10) ? 1 : 2
  return `${number(value, decimals)}${isTop ? unit : ''}`
}

function ticksOf({ lines, gaps, stepMin }: TimeChartProps): readonly number[] {
  return ticksTo(peakOf(lines), gaps, stepMin)
}

/** The top tick carries the unit and is the widest. */
function axisWidth(props: TimeChartProps): number {
  const top = tickLabel(ticksOf(props).at(-1) ?? 0, true, props.unit)
  return Math.max(AXIS_WIDTH_MIN, Math.ceil(top.length * LETTER_WIDTH) + 6)
}

function peakOf(lines: readonly ChartLine[]): number {
  let peak = 0
  for (const line of lines) for (const value of line.values) if (value && value > peak) peak = value
  return peak
}
