/** The charts as a table, newest first: for screen readers, and for whoever wants the figures themselves. */
import type { MetricsPoint } from '../../../../protocol/metrics.ts'
import { None } from '../../../components/figures.tsx'
import { mibFigure, msFigure, number, perSecond } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import { t } from '../../../i18n/i18n.ts'

interface MetricsTableProps {
  points: readonly MetricsPoint[]
  nowMs: number
  /** "the last hour" */
  prose: string
}

const COLUMNS: readonly (readonly [string, (point: MetricsPoint) => string | null])[] = [
  ['p50 ms', ({ latency_ms: { total } }) => total && msFigure(total.p50)],
  ['p95 ms', ({ latency_ms: { total } }) => total && msFigure(total.p95)],
  ['p99 ms', ({ latency_ms: { total } }) => total && msFigure(total.p99)],
  ['Req/s', ({ requests_per_s: rate }) => (rate === null ? null : perSecond(rate))],
  ['Errors', ({ errors }) => (errors === null ? null : number(errors))],
  ['In flight', ({ in_flight: gauge }) => gauge && number(gauge.max)],
  ['Queued', ({ queue_depth: gauge }) => gauge && number(gauge.max)],
  ['Batch', ({ batch_size: size }) => size && number(size.mean, 1)],
  ['RAM MiB', ({ rss_bytes: gauge }) => gauge && mibFigure(gauge.mean)],
  ['GPU MiB', ({ gpu_bytes: gauge }) => gauge && mibFigure(gauge.mean)],
]

export function MetricsTable({ points, nowMs, prose }: MetricsTableProps) {
  return (
    <div className="metrics-table" role="region" aria-label={`Figures of ${prose}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('overview:time')}</th>
            {COLUMNS.map(([name]) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.time}>
              <th scope="row">
                <time>{clockSeconds(point.time, nowMs)}</time>
              </th>
              {COLUMNS.map(([name, read]) => (
                <td key={name}>{read(point) ?? <None />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
