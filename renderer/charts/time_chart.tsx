/** A time series chart on a canvas (uPlot). Charts with the same `syncKey` share the crosshair. */
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
  token: string
  values: Column
  width?: number
  isDashed?: boolean
  isFilled?: boolean
  isLayer?: boolean
}

interface TimeChartProps {
  timeS: readonly number[]
  lines: readonly ChartLine[]
  span: AxisSpan
  height: number
  unit: string
  gaps: number
  stepMin?: number
  isWide: boolean
  syncKey: string
  summary: string
  marks?: readonly ChartMark[]
  onCursor: (index: number | null) => void
  /** Pins the crosshair and its values (click or Enter). */
  onEnter?: () => void
  onZoom: (fromMs: number, toMs: number) => void
  onZoomOut: () => void
}

const AXIS_WIDTH_MIN = 41
/** Pixels per letter of a tick label. */
const LETTER_WIDTH = 6.2
const PADDING_RIGHT = 6
/** Time labels are text below the canvas, where they can align with its ends. */
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

  // uPlot paints colours and sizes into its canvas once, so changing them needs a new instance.
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

/** The first label starts at its tick, the last one ends there, the others are centred. */
function shift(share: number): number {
  return share === 0 ? 0 : share === 1 ? 100 : 50
}

function dataOf({ timeS, lines }: TimeChartProps): uPlot.AlignedData {
  // uPlot's types require mutable arrays but it does not change them. It draws through undefined, not through null.
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

/** The chart under the pointer. Synced charts show the same selection but must not act on it. */
let drawnOn: uPlot | null = null
/** A shorter drag is a click. */
const DRAG_PX_MIN = 5

/** Half of the span around the crosshair; without one the middle, or the newest half if live. */
function halved({ fromMs, toMs, isLive }: AxisSpan, plot: uPlot | null): [number, number] {
  const index = plot?.cursor.idx ?? null
  const crosshairS = index === null ? undefined : plot?.data[0][index]
  const quarterMs = (toMs - fromMs) / 4
  const restingMs = isLive ? toMs : (fromMs + toMs) / 2
  const middleMs = crosshairS === undefined ? restingMs : crosshairS * 1000
  const fitting = Math.max(fromMs + quarterMs, Math.min(toMs - quarterMs, middleMs))
  return [fitting - quarterMs, fitting + quarterMs]
}

/** A crosshair over a gap would otherwise show values from minutes away. */
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

/** A value between two gaps has no line, so it is drawn as a point. */
function lonelyPoints(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? []
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

function axisWidth(props: TimeChartProps): number {
  const top = tickLabels(ticksOf(props), props.unit).at(-1) ?? ''
  return Math.max(AXIS_WIDTH_MIN, Math.ceil(top.length * LETTER_WIDTH) + 6)
}

function peakOf(lines: readonly ChartLine[]): number {
  let peak = 0
  for (const line of lines) for (const value of line.values) if (value && value > peak) peak = value
  return peak
}
