/** The last five minutes of one backend: latency, requests, load, memory, under one crosshair. */
import { useMemo, useState } from 'react'
import type { BackendView } from '../../../protocol/control.ts'
import { sampleColumns, type Column } from '../../charts/series.ts'
import { TimeChart, type ChartLine } from '../../charts/time_chart.tsx'
import { useWindowSize } from '../../components/window_size.ts'
import { msFigure, number, perSecond } from '../../format/number.ts'
import { clockSeconds } from '../../format/time.ts'
import { samplesOf, usePanel } from '../../state/panel_store.ts'
import { chartScale } from './pane_width.ts'

export function OverviewCharts({ backend }: { backend: BackendView }) {
  const samples = usePanel((state) => samplesOf(state, backend.name))
  const nowMs = usePanel((state) => state.nowMs)
  const columns = useMemo(() => sampleColumns(samples), [samples])
  const [cursor, setCursor] = useState<number | null>(null)
  const cursorTime = cursor === null ? undefined : columns.timeS[cursor]
  const scale = chartScale(useWindowSize().height)
  const shared = {
    timeS: columns.timeS,
    nowMs,
    cursor,
    onCursor: setCursor,
    syncKey: `overview of ${backend.name}`,
  }
  return (
    <>
      <div className="range-line">
        <span>Last 5 min</span>
        <span className="grow" />
        {cursorTime !== undefined && <span>at {clockSeconds(cursorTime * 1000, nowMs)}</span>}
      </div>
      <div className="cell">
        <ChartBlock
          {...shared}
          title="Latency"
          unit=" ms"
          gaps={4}
          isWide
          height={Math.round(108 * scale)}
          empty="Nothing was answered in this range"
          lines={[
            { ...LINES.p99, values: columns.p99 },
            { ...LINES.p95, values: columns.p95 },
            { ...LINES.p50, values: columns.p50 },
          ]}
          format={msFigure}
        />
      </div>
      <div className="cell-pair">
        <div className="cell">
          <ChartBlock
            {...shared}
            title="Requests"
            unit="/s"
            gaps={2}
            height={Math.round(72 * scale)}
            lines={[{ token: '--accent', isFilled: true, width: 1.5, values: columns.perS }]}
            format={(value) => `${perSecond(value)}/s`}
          />
        </div>
        <div className="cell">
          <ChartBlock
            {...shared}
            title="Load"
            unit=""
            gaps={2}
            stepMin={1}
            height={Math.round(72 * scale)}
            lines={[
              { label: 'queued', token: '--ink', values: columns.queued },
              { label: 'in flight', token: '--accent', width: 1.5, values: columns.inFlight },
            ]}
            format={(value) => number(value)}
          />
        </div>
      </div>
      <div className="cell-pair">
        <div className="cell">
          <ChartBlock
            {...shared}
            title="RAM"
            unit=""
            gaps={2}
            height={Math.round(70 * scale)}
            lines={[{ token: '--ink', isFilled: true, values: columns.rssMib }]}
            format={(value) => `${number(value)} MiB`}
          />
        </div>
        <GpuCell backend={backend} />
      </div>
    </>
  )
}

const LINES = {
  p50: { label: 'p50', token: '--accent', width: 1.75, isFilled: true },
  p95: { label: 'p95', token: '--ink' },
  p99: { label: 'p99', token: '--ink-3', isDashed: true },
} as const

interface LabelledLine extends ChartLine {
  /** Left out where the title says it. */
  label?: string
}

interface ChartBlockProps {
  title: string
  unit: string
  gaps: number
  stepMin?: number
  isWide?: boolean
  height: number
  timeS: readonly number[]
  lines: readonly LabelledLine[]
  nowMs: number
  syncKey: string
  cursor: number | null
  /** Shown instead of a chart without a single value. */
  empty?: string
  onCursor: (index: number | null) => void
  format: (value: number) => string
}

function ChartBlock({ title, empty, cursor, format, isWide = false, ...chart }: ChartBlockProps) {
  const values = chart.lines.map(({ label, values }) => {
    const value = valueAt(values, cursor)
    return `${label ?? ''} ${value === null ? 'none' : format(value)}`.trim()
  })
  const isEmpty = chart.lines.every((line) => line.values.every((value) => value === null))
  return (
    <>
      <div className="cell-head">
        <h3 className="h2">{title}</h3>
        <span className="grow" />
        {/* Drawn back to front, read front to back. */}
        {chart.lines.toReversed().map((line) => {
          const value = valueAt(line.values, cursor)
          return (
            <span className="legend" key={line.label ?? title}>
              {line.label !== undefined && <LegendKey line={line} />}
              {line.label}
              <b>{value === null ? '–' : format(value)}</b>
            </span>
          )
        })}
      </div>
      {isEmpty ? (
        <p className="chart-empty" style={{ height: chart.height }}>
          {empty ?? 'No samples in this range'}
        </p>
      ) : (
        <TimeChart
          {...chart}
          isWide={isWide}
          summary={`${title} over the last 5 minutes; latest ${values.join(', ')}`}
        />
      )}
    </>
  )
}

function LegendKey({ line }: { line: LabelledLine }) {
  return (
    <svg width="11" height="6" aria-hidden="true">
      <path
        d="M0 3h11"
        stroke={`var(${line.token})`}
        strokeWidth="2"
        strokeDasharray={line.isDashed ? '3 2' : undefined}
      />
    </svg>
  )
}

/** GPU memory has no history yet; its figure, or the reason for none, has its place all the same. */
function GpuCell({ backend }: { backend: BackendView }) {
  const { gpu_bytes, gpu_reason } = backend
  return (
    <div className="cell">
      <div className="cell-head">
        <h3 className="h2">GPU memory</h3>
        <span className="grow" />
        <span className="legend">
          <b>{gpu_bytes === null ? 'n/a' : `${number(gpu_bytes / 1024 ** 2)} MiB`}</b>
        </span>
      </div>
      {gpu_bytes === null && <p className="small ink-3">{gpu_reason}</p>}
    </div>
  )
}

/** Under the crosshair, or the latest. */
function valueAt(values: Column, index: number | null): number | null {
  return (index === null ? values.at(-1) : values[index]) ?? null
}
