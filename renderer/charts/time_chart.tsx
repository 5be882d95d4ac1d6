/** Lines over a span of time, on a canvas (uPlot). The crosshair is shared by all charts of one `syncKey`. */
import { useEffect, useRef, type KeyboardEvent } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { useResolvedTheme } from '../shell/theme.ts'
import type { ChartMark } from './marks.ts'
import { tickLabels, ticksTo } from './scale.ts'
import type { Column } from './series.ts'
import { spanLabels, type AxisSpan } from './span_labels.ts'
import './time_chart.css'

export interface ChartLine {
  /** A token such as `--accent`. */
  token: string
  values: Column
  width?: number
  isDashed?: boolean
  isFilled?: boolean
  /** Filled with the full colour, for the layers of a stack; the edge is that of the ground. */
  isLayer?: boolean
}

interface TimeChartProps {
  timeS: readonly number[]
  lines: readonly ChartLine[]
  span: AxisSpan
  height: number
  /** After the top tick: " ms", "/s". */
  unit: string
  /** Grid lines above zero, at most. */
  gaps: number
  /** Smallest distance of two grid lines. */
  stepMin?: number
  /** Labels along the time axis, or at both ends only. */
  isWide: boolean
  syncKey: string
  /** One sentence that says what the picture says. */
  summary: string
  marks?: readonly ChartMark[]
  onCursor: (index: number | null) => void
  /** A click or Enter: the crosshair and the values stay where they are. */
  onEnter?: () => void
  /** A part of the span was drawn over with the pointer, or halved by `+`. Unix milliseconds. */
  onZoom: (fromMs: number, toMs: number) => void
  /** A double click, or `-`. */
  onZoomOut: () => void
}

const AXIS_WIDTH_MIN = 41
/** Of one letter of a tick label. */
const LETTER_WIDTH = 6.2
const PADDING_RIGHT = 6
/** The labels of the time axis are text below the canvas: there they can end flush with it. */
const LABELS_HEIGHT = 14

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
    plot.over.addEventListener('click', () => latest.current.onEnter?.())
    plot.over.addEventListener('dblclick', () => latest.current.onZoomOut())
    plot.over.addEventListener('mousedown', () => {
      drawnOn = plot
    })
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
    if (event.key === 'Enter' && props.onEnter) {
      event.preventDefault()
      props.onEnter()
      return
    }
    if (event.key === '-' || event.key === '+' || event.key === '=') {
      event.preventDefault()
      if (event.key === '-') props.onZoomOut()
      else props.onZoom(...halved(props.span, chart.current))
      return
    }
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

  const labels = spanLabels(props.span, props.isWide)
  return (
    <div
      className="time-chart"
      style={{ height: props.height }}
      role="img"
      tabIndex={0}
      aria-label={props.summary}
      aria-keyshortcuts="ArrowLeft ArrowRight Enter + -"
      onKeyDown={onKeyDown}
    >
      <div ref={holder} style={{ height }} />
      <Marks {...props} />
      <div className="time-labels" style={{ left: axisWidth(props), right: PADDING_RIGHT }}>
        {labels.map(({ share, text }) => (
          <span key={share} style={{ left: `${share * 100}%`, translate: `${-shift(share)}% 0` }}>
            {text}
          </span>
        ))}
      </div>
    </div>
  )
}

/** Above the canvas, so that each can say what it marks. */
function Marks({ marks = [], ...props }: TimeChartProps) {
  const { fromMs, toMs } = props.span
  return (
    <div className="time-marks" style={{ left: axisWidth(props), right: PADDING_RIGHT }}>
      {marks.map(({ key, kind, time, message }) => (
        <i
          key={key}
          className={`time-mark time-mark-${kind}`}
          style={{ left: `${((time - fromMs) / (toMs - fromMs)) * 100}%` }}
          title={message}
        />
      ))}
    </div>
  )
}

/** The first label begins at its tick and the last one ends there; the others are centred. */
function shift(share: number): number {
  return share === 0 ? 0 : share === 1 ? 100 : 50
}

function dataOf({ timeS, lines }: TimeChartProps): uPlot.AlignedData {
  // uPlot's types want mutable arrays; it does not change them. It draws through undefined, and not through null.
  return [timeS as number[], ...lines.map((line) => line.values as (number | null | undefined)[])]
}

function optionsFor(
  latest: { readonly current: TimeChartProps },
  width: number,
  height: number,
): uPlot.Options {
  const colour = (token: string) =>
    getComputedStyle(document.documentElement).getPropertyValue(token).trim()
  const { lines, syncKey } = latest.current
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
      drag: { x: true, y: false, setScale: false, dist: DRAG_PX_MIN },
      dataIdx: (plot, _series, index) => (isNear(plot, index) ? index : null),
      points: { size: 6, width: 1.5, fill: colour('--surface') },
    },
    scales: {
      x: { time: true, range: () => windowOf(latest.current) },
      y: { range: () => [0, ticks().at(-1) ?? 1] },
    },
    axes: [
      { show: false },
      {
        ...axis,
        size: () => axisWidth(latest.current),
        grid,
        splits: () => [...ticks()],
        values: (_, splits) => [...tickLabels(splits, latest.current.unit)],
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: colour(line.isLayer ? '--surface' : line.token),
        width: line.width ?? (line.isLayer ? 1 : 1.25),
        points: {
          ...{ show: true, filter: lonelyPoints, size: 4 },
          stroke: colour(line.token),
          fill: colour(line.token),
        },
        ...(line.isDashed && { dash: [3, 2] }),
        ...(line.isFilled && { fill: `${colour(line.token)}24` }),
        ...(line.isLayer && { fill: colour(line.token) }),
      })),
    ],
    hooks: {
      setCursor: [(plot) => latest.current.onCursor(nearIndex(plot))],
      setSelect: [
        (plot) => {
          const { left, width: selectedPx } = plot.select
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          if (plot !== drawnOn || selectedPx === 0) return
          const msAt = (px: number) => plot.posToVal(px, 'x') * 1000
          latest.current.onZoom(msAt(left), msAt(left + selectedPx))
        },
      ],
    },
  }
}

/** The chart that the pointer went down on: the others of its `syncKey` show the same selection, and must not act on it. */
let drawnOn: uPlot | null = null
/** A shorter move is a click. */
const DRAG_PX_MIN = 5

/** Half of the span, around the crosshair; without one around the middle, or the newest half of what moves on. */
function halved({ fromMs, toMs, isLive }: AxisSpan, plot: uPlot | null): [number, number] {
  const index = plot?.cursor.idx ?? null
  const crosshairS = index === null ? undefined : plot?.data[0][index]
  const quarterMs = (toMs - fromMs) / 4
  const restingMs = isLive ? toMs : (fromMs + toMs) / 2
  const middleMs = crosshairS === undefined ? restingMs : crosshairS * 1000
  const fitting = Math.max(fromMs + quarterMs, Math.min(toMs - quarterMs, middleMs))
  return [fitting - quarterMs, fitting + quarterMs]
}

/** A crosshair over nothing would otherwise tell of a moment minutes away. */
const NEAR_PX = 10

function nearIndex(plot: uPlot): number | null {
  const { idx: index } = plot.cursor
  return typeof index === 'number' && isNear(plot, index) ? index : null
}

function isNear(plot: uPlot, index: number): boolean {
  const at = plot.data[0][index]
  const { left = -1 } = plot.cursor
  return at !== undefined && Math.abs(plot.valToPos(at, 'x') - left) <= NEAR_PX
}

/** A value between two gaps has no line; a point shows it. */
function lonelyPoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? []
  // What was merely not read just then is drawn through.
  const known = Array.from(values, (_, index) => index).filter(
    (index) => values[index] !== undefined,
  )
  const isValue = (index: number | undefined) =>
    index !== undefined && typeof values[index] === 'number'
  return known.filter(
    (index, place) => isValue(index) && !isValue(known[place - 1]) && !isValue(known[place + 1]),
  )
}

function windowOf({ span }: TimeChartProps): [number, number] {
  return [span.fromMs / 1000, span.toMs / 1000]
}

function ticksOf({ lines, gaps, stepMin }: TimeChartProps): readonly number[] {
  return ticksTo(peakOf(lines), gaps, stepMin)
}

/** The top tick carries the unit and is the widest. */
function axisWidth(props: TimeChartProps): number {
  const top = tickLabels(ticksOf(props), props.unit).at(-1) ?? ''
  return Math.max(AXIS_WIDTH_MIN, Math.ceil(top.length * LETTER_WIDTH) + 6)
}

function peakOf(lines: readonly ChartLine[]): number {
  let peak = 0
  for (const line of lines) for (const value of line.values) if (value && value > peak) peak = value
  return peak
}
