import type { MetricsPoint, MetricsResult } from '../../../../protocol/metrics.ts'
import { None } from '../../../components/missing_value.tsx'
import { msValue, number, percent } from '../../../format/number.ts'
import { t } from '../../../i18n/i18n.ts'

export function SummaryLine({ summary, prose }: { summary: MetricsPoint; prose: string }) {
  const total = summary.latency_ms.total
  return (
    <section className="cell metrics-summary" aria-label={t('overview:summary', { prose })}>
      <dl>
        {(['p50', 'p95', 'p99'] as const).map((percentile) => (
          <div key={percentile}>
            <dt>{percentile} ms</dt>
            <dd>{total === null ? <None /> : msValue(total[percentile])}</dd>
          </div>
        ))}
        <div>
          <dt>{t('overview:requests')}</dt>
          <dd>{summary.requests === null ? <None /> : number(summary.requests)}</dd>
        </div>
        <div>
          <dt>{t('overview:column.errors')}</dt>
          <dd className={summary.errors ? 'stop' : undefined}>
            {summary.errors === null ? <None /> : <Errors {...summary} />}
          </dd>
        </div>
      </dl>
      <ErrorCodes byCode={summary.errors_by_code} />
    </section>
  )
}

function Errors({ errors, requests }: Pick<MetricsPoint, 'errors' | 'requests'>) {
  if (errors === null) return <None />
  const share = errors > 0 && requests !== null && requests > 0 ? percent(errors / requests) : null
  return (
    <>
      {number(errors)}
      {share !== null && <span className="summary-share"> {share}</span>}
    </>
  )
}

/** Most frequent first. `other` has no protocol code, or was only counted by a health check. */
function ErrorCodes({ byCode }: { byCode: MetricsPoint['errors_by_code'] }) {
  const codes = Object.entries(byCode ?? {}).sort(([, left], [, right]) => right - left)
  if (codes.length === 0) return null
  return (
    <ul className="error-codes" aria-label={t('overview:errors_by_code')}>
      {codes.map(([code, amount]) => (
        <li key={code}>
          <span className="mono">{code}</span> <b>{number(amount)}</b>
        </li>
      ))}
    </ul>
  )
}

/** Values from health checks cover the backend's own window and cannot be merged over the range. */
export function isByPongAlone({ summary, points }: MetricsResult): boolean {
  if (summary === null) return false
  if (summary.latency_ms.total !== null) return summary.latency_ms.total.from === 'pong'
  return summary.answers === null && points.some(({ requests }) => requests !== null)
}
