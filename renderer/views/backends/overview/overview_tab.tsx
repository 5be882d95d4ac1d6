/** How the backend has been doing: a range, its summary, and charts that share a crosshair. */
import { Pause, Play, ScrollText, Table2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import { METRICS_RANGES, type MetricsRange } from '../../../../protocol/metrics.ts'
import { marksOf } from '../../../charts/marks.ts'
import { metricsColumns } from '../../../charts/metrics_columns.ts'
import { clockSeconds } from '../../../format/time.ts'
import { useEvents } from '../../../state/event_store.ts'
import { showAside } from '../../../state/log_store.ts'
import { usePanel } from '../../../state/panel_store.ts'
import { showLogsAt } from '../../../state/ui_store.ts'
import { useWaitingWords } from '../use_reply.ts'
import { PlacementLines, SlowestRequests } from './below_charts.tsx'
import { MetricsTable } from './metrics_table.tsx'
import './overview.css'
import { OverviewCharts } from './overview_charts.tsx'
import { RANGES, rangeButton, rangeProse, spanMsOf } from './range_words.ts'
import { isByPongAlone, SummaryLine } from './summary_line.tsx'
import { useMetrics, type MetricsReading } from './use_metrics.ts'
import { t } from '../../../i18n/i18n.ts'

export function OverviewTab({ backend }: { backend: BackendView }) {
  const [range, setRange] = useState<MetricsRange>('5m')
  const [isFrozen, setIsFrozen] = useState(false)
  const [isTable, setIsTable] = useState(false)
  const [cursor, setCursor] = useState<number | null>(null)
  const reading = useMetrics(backend.name, range, isFrozen)
  const points = reading.phase === 'read' ? reading.result.points : []
  const at = cursor === null ? undefined : points[cursor]?.time
  const follow = (index: number | null) => {
    // What is frozen keeps its crosshair, so that the pointer can go to the link of its moment.
    if (!isFrozen) setCursor(index)
  }
  const chooseRange = (next: MetricsRange) => {
    setCursor(null)
    setIsFrozen(false)
    setRange(next)
  }
  return (
    <>
      <div className="range-line">
        <div className="segment" role="group" aria-label={t('overview:range')}>
          {RANGES.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === range}
              onClick={() => chooseRange(one)}
            >
              {rangeButton(one)}
            </button>
          ))}
        </div>
        <span className="grow" />
        {at !== undefined && (
          <LogsAt name={backend.name} at={at} stepMs={METRICS_RANGES[range].resolution_ms} />
        )}
        <ToggleButton isOn={isTable} onToggle={setIsTable} label={t('overview:view_as_table')}>
          <Table2 size={13} strokeWidth={1.5} aria-hidden />
        </ToggleButton>
        <ToggleButton isOn={isFrozen} onToggle={setIsFrozen} label={t('overview:freeze')}>
          {isFrozen ? (
            <Play size={13} strokeWidth={1.5} aria-hidden />
          ) : (
            <Pause size={13} strokeWidth={1.5} aria-hidden />
          )}
        </ToggleButton>
      </div>
      <Figures
        {...{ backend, range, reading, cursor, isTable }}
        onCursor={follow}
        onEnter={() => setIsFrozen((frozen) => !frozen)}
      />
    </>
  )
}

interface FiguresProps {
  backend: BackendView
  range: MetricsRange
  reading: MetricsReading
  cursor: number | null
  isTable: boolean
  onCursor: (index: number | null) => void
  onEnter: () => void
}

function Figures({ backend, range, reading, cursor, isTable, ...actions }: FiguresProps) {
  const prose = rangeProse(range)
  const waiting = useWaitingWords(t('overview:asking', { prose }))
  const result = reading.phase === 'read' ? reading.result : null
  const columns = useMemo(() => metricsColumns(result?.points ?? []), [result])
  const events = useEvents((state) => state.events)
  const readAtMs = reading.phase === 'read' ? reading.readAtMs : 0
  const marks = useMemo(
    () => marksOf(events, backend.name, { nowMs: readAtMs, spanMs: spanMsOf(range) }),
    [events, backend.name, readAtMs, range],
  )
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
    return <p className="pane-note">{t('overview:nothing', { prose, name: backend.name })}</p>
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
            nowMs: reading.readAtMs,
            spanMs: spanMsOf(range),
            prose,
            cursor,
            syncKey: `overview of ${backend.name}`,
            marks,
            ...actions,
          }}
        />
      )}
      <PlacementLines placements={backend.placements} />
      <SlowestRequests
        name={backend.name}
        readAtMs={reading.readAtMs}
        spanMs={spanMsOf(range)}
        key={`${backend.name} ${range}`}
      />
    </>
  )
}

/** The log of the moment under the crosshair, and the requests that were answered in its step. */
function LogsAt({ name, at, stepMs }: { name: string; at: number; stepMs: number }) {
  const nowMs = usePanel((state) => state.nowMs)
  return (
    <button
      type="button"
      className="btn btn-small btn-ghost"
      title={t('overview:logs_at', { name, time: clockSeconds(at, nowMs) })}
      onClick={() => {
        showLogsAt({ backend: name, time: at })
        const span = { fromMs: at, toMs: at + stepMs }
        showAside({ kind: 'slowest', source: name, span })
      }}
    >
      <ScrollText size={13} strokeWidth={1.5} aria-hidden />
      {clockSeconds(at, nowMs)}
      <span className="sr-only"> {t('overview:in_the_logs')}</span>
    </button>
  )
}

interface ToggleButtonProps {
  isOn: boolean
  label: string
  children: React.ReactNode
  onToggle: (isOn: boolean) => void
}

function ToggleButton({ isOn, label, children, onToggle }: ToggleButtonProps) {
  return (
    <button
      type="button"
      className="icon-btn icon-btn-small toggle"
      aria-pressed={isOn}
      aria-label={label}
      title={label}
      onClick={() => onToggle(!isOn)}
    >
      {children}
    </button>
  )
}
