/** History of the backend: a span, its summary, and charts that share crosshair and zoom. */
import { Pause, Play, ScrollText, Table2, ZoomOut, type LucideIcon } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import { marksOf } from '../../../charts/marks.ts'
import { metricsColumns } from '../../../charts/metrics_columns.ts'
import { clockMinutes, clockSeconds, dayAndMonth } from '../../../format/time.ts'
import {
  chooseSpan,
  isZoomed,
  shownSpan,
  useChartSpan,
  zoomOut,
  zoomTo,
  type ChartSpan,
  type FixedSpan,
} from '../../../state/chart_span.ts'
import { useEvents } from '../../../state/event_store.ts'
import { showAside } from '../../../state/log_store.ts'
import { useToday } from '../../../state/panel_store.ts'
import { showLogsAt, showLogsOfSpan } from '../../../state/ui_store.ts'
import { useWaitingText } from '../../../hooks/use_reply.ts'
import { PlacementLines, SlowestRequests } from './below_charts.tsx'
import { MetricsTable } from './metrics_table.tsx'
import './overview.css'
import { OverviewCharts } from './overview_charts.tsx'
import { SpanPicker } from './span_picker.tsx'
import { axisOf, fixedText, spanButton, spanProse, SPANS } from './span_text.ts'
import { isByPongAlone, SummaryLine } from './summary_line.tsx'
import { useMetrics, type MetricsReading } from './use_metrics.ts'
import { t } from '../../../i18n/i18n.ts'
import { Button, IconButton } from '../../../components/button.tsx'

export function OverviewTab({ backend }: { backend: BackendView }) {
  const span = useChartSpan(shownSpan)
  const [isFrozen, setIsFrozen] = useState(false)
  const [isTable, setIsTable] = useState(false)
  const [cursor, setCursor] = useState<number | null>(null)
  const reading = useMetrics(backend.name, span, isFrozen)
  const result = reading.phase === 'read' ? reading.result : null
  const points = result?.points ?? []
  const at = cursor === null ? undefined : points[cursor]?.time
  const follow = (index: number | null) => {
    // Keep the crosshair while frozen, so that the pointer can reach its log link.
    if (!isFrozen) setCursor(index)
  }
  const showOther = (change: () => void) => {
    setCursor(null)
    setIsFrozen(false)
    change()
  }
  return (
    <>
      <div className="range-line row ink-2">
        <div className="segment" role="group" aria-label={t('overview:range')}>
          {SPANS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === span}
              onClick={() => showOther(() => chooseSpan(one))}
            >
              {spanButton(one)}
            </button>
          ))}
          <SpanPicker />
        </div>
        <span className="grow" />
        {at !== undefined && result !== null && (
          <LogsAt name={backend.name} at={at} stepMs={result.resolution_ms} />
        )}
        <ToggleButton
          icon={Table2}
          isOn={isTable}
          onToggle={setIsTable}
          label={t('overview:view_as_table')}
        />
        <ToggleButton
          icon={isFrozen ? Play : Pause}
          isOn={isFrozen}
          onToggle={setIsFrozen}
          label={t('overview:freeze')}
        />
      </div>
      {typeof span !== 'string' && (
        <FixedLine
          name={backend.name}
          span={span}
          onZoomOut={() => showOther(zoomOut)}
          key={`${span.fromMs} ${span.toMs}`}
        />
      )}
      <MetricsView
        {...{ backend, span, reading, cursor, isTable }}
        onCursor={follow}
        onEnter={() => setIsFrozen((frozen) => !frozen)}
        onZoom={(fromMs, toMs) => showOther(() => zoomTo({ fromMs, toMs }))}
        onZoomOut={() => showOther(zoomOut)}
      />
    </>
  )
}

interface FixedLineProps {
  name: string
  span: FixedSpan
  onZoomOut: () => void
}

function FixedLine({ name, span, onZoomOut }: FixedLineProps) {
  const canZoomOut = useChartSpan(isZoomed)
  return (
    <div className="span-line row ink-2">
      <b role="status">{fixedText(span)}</b>
      <span className="grow" />
      <Button
        icon={ScrollText}
        look="ghost"
        onClick={() => {
          showLogsOfSpan(name, span)
          showAside({ kind: 'slowest', source: name, span })
        }}
      >
        {t('shell:view.logs')}
      </Button>
      {canZoomOut && (
        <Button icon={ZoomOut} onClick={onZoomOut}>
          {t('words:zoom_out')}
        </Button>
      )}
    </div>
  )
}

interface MetricsViewProps {
  backend: BackendView
  span: ChartSpan
  reading: MetricsReading
  cursor: number | null
  isTable: boolean
  onCursor: (index: number | null) => void
  onEnter: () => void
  onZoom: (fromMs: number, toMs: number) => void
  onZoomOut: () => void
}

function MetricsView({ backend, span, reading, cursor, isTable, ...actions }: MetricsViewProps) {
  const prose = spanProse(span)
  const waiting = useWaitingText(t('overview:asking', { prose }))
  const result = reading.phase === 'read' ? reading.result : null
  const columns = useMemo(() => metricsColumns(result?.points ?? []), [result])
  const events = useEvents((state) => state.events)
  const readAtMs = reading.phase === 'read' ? reading.readAtMs : 0
  const axis = useMemo(() => axisOf(span, readAtMs), [span, readAtMs])
  const marks = useMemo(() => marksOf(events, backend.name, axis), [events, backend.name, axis])
  if (reading.phase === 'asking') {
    return (
      <p className="pane-note" role="status">
        {waiting}
      </p>
    )
  }
  if (reading.phase === 'failed') {
    return (
      <p className="pane-note stop" role="alert">
        {t('overview:unread', { problem: reading.problem })}
      </p>
    )
  }
  const { points, summary } = reading.result
  const isPong = isByPongAlone(reading.result)
  if (summary === null) {
    return (
      <NothingMeasured {...{ span, prose }} name={backend.name} oldest={result?.oldest ?? null} />
    )
  }
  return (
    <>
      <SummaryLine summary={summary} prose={prose} />
      {isPong && <p className="pane-note">{t('overview:no_page', { name: backend.name })}</p>}
      {isTable ? (
        <MetricsTable points={points} nowMs={reading.readAtMs} prose={prose} />
      ) : (
        <OverviewCharts
          {...{ backend, columns }}
          isByPongAlone={isPong}
          frame={{
            timeS: columns.timeS,
            span: axis,
            prose,
            cursor,
            syncKey: `overview of ${backend.name}`,
            marks,
            ...actions,
          }}
        />
      )}
      <PlacementLines placements={backend.placements} />
      <SlowestRequests name={backend.name} axis={axis} key={`${backend.name} ${prose}`} />
    </>
  )
}

interface NothingMeasuredProps {
  name: string
  span: ChartSpan
  prose: string
  /** Unix milliseconds. */
  oldest: number | null
}

function NothingMeasured({ name, span, prose, oldest }: NothingMeasuredProps) {
  const today = useToday()
  const isPast = span === '7d' || typeof span !== 'string'
  return (
    <p className="pane-note">
      {!isPast && t('overview:nothing', { prose, name })}
      {isPast && t('overview:nothing_then', { prose })}{' '}
      {isPast &&
        (oldest === null
          ? t('overview:nothing_kept', { name })
          : t('overview:since', { name, time: clockMinutes(oldest, today) }))}
    </p>
  )
}

function LogsAt({ name, at, stepMs }: { name: string; at: number; stepMs: number }) {
  const today = useToday()
  return (
    <Button
      icon={ScrollText}
      look="ghost"
      title={t('overview:logs_at', { name, time: clockSeconds(at, today) })}
      onClick={() => {
        showLogsAt({ backend: name, time: at })
        const span = { fromMs: at, toMs: at + stepMs }
        showAside({ kind: 'slowest', source: name, span })
      }}
    >
      {momentShort(at, stepMs, today)}
      <span className="sr-only"> {t('overview:open_logs')}</span>
    </Button>
  )
}

/** `14:23:05`, `14:23`, `29 Nov 14:23`: no finer than the step, with the day if it is not today. */
function momentShort(at: number, stepMs: number, nowMs: number): string {
  const clock = stepMs < 60_000 ? clockSeconds(at, at) : clockMinutes(at, at)
  const isToday = new Date(at).toDateString() === new Date(nowMs).toDateString()
  return isToday ? clock : `${dayAndMonth(at)} ${clock}`
}

interface ToggleButtonProps {
  icon: LucideIcon
  isOn: boolean
  label: string
  onToggle: (isOn: boolean) => void
}

function ToggleButton({ isOn, onToggle, ...shown }: ToggleButtonProps) {
  return (
    <IconButton
      {...shown}
      title={shown.label}
      aria-pressed={isOn}
      onClick={() => onToggle(!isOn)}
    />
  )
}
