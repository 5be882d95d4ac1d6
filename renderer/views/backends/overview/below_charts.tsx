/** Under the charts: where the nodes of the models run, and the slowest requests of the range, each with its way into the log. */
import { useState } from 'react'
import type { BackendView } from '../../../../protocol/control.ts'
import type { LogSlowest } from '../../../../protocol/logs.ts'
import { SlowRows } from '../../../components/slow_rows.tsx'
import { number } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'
import { showAside } from '../../../state/log_store.ts'
import { showLogsAt } from '../../../state/ui_store.ts'
import { useReply } from '../use_reply.ts'

const REQUESTS_MAX = 5
/** A search through all lines in memory: not with each step of the charts. */
const STEP_MS = 10_000

/** Nothing when the backend does not say. */
export function PlacementLines({ placements }: Pick<BackendView, 'placements'>) {
  if (placements.length === 0) return null
  return (
    <section className="overview-part" aria-label={t('model:placement')}>
      <h3 className="h2">{t('model:placement')}</h3>
      <dl className="placement-lines">
        {placements.map(({ model, granted, device_id: device, nodes, summary }) => (
          <div key={`${model} ${granted} ${device ?? ''}`}>
            <dt>{model}</dt>
            <dd lang="en">{nodes === null ? summary : nodeWords(nodes)}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function nodeWords(nodes: Readonly<Record<string, number>>): string {
  return Object.entries(nodes)
    .sort(([, left], [, right]) => right - left)
    .map(([provider, count]) => `${provider} ${number(count)}`)
    .join(', ')
}

interface SlowestProps {
  name: string
  /** When the figures above were read: it stands still with them. */
  readAtMs: number
  spanMs: number
}

/** Nothing when no answer of the range is among the lines in memory. */
export function SlowestRequests({ name, readAtMs, spanMs }: SlowestProps) {
  const untilMs = Math.ceil(readAtMs / STEP_MS) * STEP_MS
  const query = { sources: [name], time_from: untilMs - spanMs - STEP_MS, time_to: untilMs }
  const { value } = useReply('logs.slowest', { query, limit: REQUESTS_MAX })
  const [shown, setShown] = useState<LogSlowest | null>(null)
  // The last answer stays until the next is here.
  if (value !== null && value !== shown) setShown(value)
  if (shown === null || shown.total === 0) return null
  return (
    <section className="overview-part" aria-label={t('overview:slowest')}>
      <h3 className="h2">{t('overview:slowest')}</h3>
      <SlowRows
        requests={shown.requests}
        clock={(time) => clockSeconds(time, readAtMs)}
        onPick={({ request_id: id, time }) => {
          showLogsAt({ backend: name, time })
          showAside({ kind: 'request', id })
        }}
      />
    </section>
  )
}
