import { latestOf, valueAt } from '../../../charts/metrics_columns.ts'
import type { AxisSpan } from '../../../charts/span_labels.ts'
import type { ChartMark } from '../../../charts/marks.ts'
import { TimeChart, type ChartLine } from '../../../charts/time_chart.tsx'
import type { Column } from '../../../charts/series.ts'
import { NotAvailable, None } from '../../../components/missing_value.tsx'
import { t } from '../../../i18n/i18n.ts'

export interface LabelledLine extends ChartLine {
  label?: string
  /** Values for the legend if the line is stacked on others; otherwise `values`. */
  told?: Column
}

export interface ChartFrame {
  timeS: readonly number[]
  span: AxisSpan
  prose: string
  /** null: no crosshair. */
  cursor: number | null
  syncKey: string
  marks: readonly ChartMark[]
  onCursor: (index: number | null) => void
  onEnter: () => void
  onZoom: (fromMs: number, toMs: number) => void
  onZoomOut: () => void
}

interface ChartBlockProps {
  frame: ChartFrame
  title: string
  unit: string
  gaps: number
  stepMin?: number
  isWide?: boolean
  height: number
  lines: readonly LabelledLine[]
  /** Shown instead of a chart without values. */
  empty: string
  /** Why the value cannot be known; shown as `n/a`. */
  unknown?: string | null
  format: (value: number) => string
}

export function ChartBlock(props: ChartBlockProps) {
  const { frame, title, lines, height, empty, unknown = null, format, isWide = false } = props
  const isEmpty = lines.every(({ values }) => values.every((value) => typeof value !== 'number'))
  const { prose, cursor, ...chart } = frame
  const latest = lines.map(({ label, told, values }) => {
    const value = latestOf(told ?? values)
    return `${label ?? ''} ${value === null ? t('words:none') : format(value)}`.trim()
  })
  return (
    <div className="cell">
      <div className="cell-head">
        <h3 className="h2">{title}</h3>
        <span className="grow" />
        {isEmpty && unknown !== null ? (
          <span className="legend">
            <NotAvailable reason={unknown} />
          </span>
        ) : (
          <Legend {...props} cursor={cursor} />
        )}
      </div>
      {isEmpty ? (
        <p className="chart-empty small ink-3" style={{ height }}>
          {unknown === null ? empty : `n/a: ${unknown}`}
        </p>
      ) : (
        <TimeChart
          {...chart}
          {...{ lines, height, isWide }}
          unit={props.unit}
          gaps={props.gaps}
          {...(props.stepMin !== undefined && { stepMin: props.stepMin })}
          summary={t('overview:chart_summary', {
            title,
            prose,
            latest: latest.toReversed().join(', '),
          })}
        />
      )}
    </div>
  )
}

function Legend({ title, lines, format, cursor }: ChartBlockProps & { cursor: number | null }) {
  // Drawn back to front, listed front to back.
  return lines.toReversed().map((line) => {
    const value = valueAt(line.told ?? line.values, cursor)
    return (
      <span className="legend" key={line.label ?? title}>
        {line.label !== undefined && <LegendKey line={line} />}
        {line.label}
        <b>{value === null ? <None /> : format(value)}</b>
      </span>
    )
  })
}

function LegendKey({ line }: { line: LabelledLine }) {
  if (line.isLayer) return <i className="swatch" style={{ background: `var(${line.token})` }} />
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
