/** Below the charts: node placement and the slowest requests of the range, with links to the log. */
import { useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { LogSlowest } from '../../../../protocol/logs.ts'
import type { AxisSpan } from '../../../charts/span_labels.ts'
import { SlowRows } from '../../../components/slow_rows.tsx'
import { fieldText } from '../../../format/message.ts'
import { number } from '../../../format/number.ts'
import { clockMinutes, clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { showAside } from '../../../state/log_store.ts'
import { showLogsAt } from '../../../state/ui_store.ts'
import { useReply } from '../../../hooks/use_reply.ts'

const REQUESTS_MAX = 5
/** Searches all lines in memory, so less often than the charts update. */
const STEP_MS = 10_000

/** Nothing if the backend does not report placements. */
export function PlacementLines({ placements }: Pick<BackendView, 'placements'>) {
  if (placements.length === 0) return null
  return (
    <section className="overview-part" aria-label={t('model:placement')}>
      <h3 className="h2">{t('model:placement')}</h3>
      <dl className="placement-lines">
        {placements.map((placement) => {
          const { model, granted, device_id: device, nodes } = placement
          return (
            <div key={`${model} ${granted} ${device ?? ''}`}>
              <dt>{model}</dt>
              <dd>{nodes === null ? fieldText(placement, 'summary') : nodeText(nodes)}</dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

function nodeText(nodes: Readonly<Record<string, number>>): string {
  return Object.entries(nodes)
    .sort(([, left], [, right]) => right - left)
    .map(([provider, count]) => `${provider} ${number(count)}`)
    .join(', ')
}

interface SlowestProps {
  name: string
  axis: AxisSpan
}

/** For live spans, only lines in memory; files take seconds and are read on request. */
export function SlowestRequests({ name, axis }: SlowestProps) {
  const [isWhole, setIsWhole] = useState(!axis.isLive)
  const nowMs = axis.toMs
  const stepMs = axis.isLive ? STEP_MS : 1
  const untilMs = Math.ceil(axis.toMs / stepMs) * stepMs
  const query = {
    sources: [name],
    time_from: untilMs - (axis.toMs - axis.fromMs) - stepMs,
    time_to: untilMs,
  }
  // The span of the last file search.
  const [fixedQuery, setFixedQuery] = useState(query)
  const { value, problem } = useReply('logs.slowest', {
    query: isWhole ? fixedQuery : query,
    limit: REQUESTS_MAX,
    ...(isWhole && { reads_files: true }),
  })
  const [shown, setShown] = useState<LogSlowest | null>(null)
  // The last result stays until the next one arrives.
  if (value !== null && value !== shown) setShown(value)
  if (problem !== null) return <p className="pane-note stop">{problem}</p>
  if (shown === null || (shown.total === 0 && shown.searched_from === null)) return null
  return (
    <section className="overview-part" aria-label={t('overview:slowest')}>
      <h3 className="h2">{t('overview:slowest')}</h3>
      {shown.total > 0 && (
        <SlowRows
          requests={shown.requests}
          clock={(time) => clockSeconds(time, nowMs)}
          onPick={({ request_id: id, time }) => {
            showLogsAt({ backend: name, time })
            showAside({ kind: 'request', id })
          }}
        />
      )}
      {shown.searched_from !== null && (
        <p className="pane-note">
          {t('overview:slowest_since', { time: clockMinutes(shown.searched_from, nowMs) })}{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setFixedQuery(query)
              setIsWhole(true)
            }}
          >
            {t('overview:slowest_files')}
          </button>
        </p>
      )}
    </section>
  )
}
