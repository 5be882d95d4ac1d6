import type { MetricsPoint } from '../../../../protocol/metrics.ts'
import { None } from '../../../components/missing_value.tsx'
import { mibValue, msValue, number, perSecond } from '../../../format/number.ts'
import { clockSeconds } from '../../../format/time.ts'
import type * as en from '../../../i18n/en/index.ts'
import { t } from '../../../i18n/i18n.ts'
import { useHasGpu } from '../../../state/has_gpu.ts'

interface MetricsTableProps {
  points: readonly MetricsPoint[]
  nowMs: number
  prose: string
}

type ColumnName = keyof (typeof en)['overview']['column']

const COLUMNS: readonly (readonly [ColumnName, (point: MetricsPoint) => string | null])[] = [
  ['p50', ({ latency_ms: { total } }) => total && msValue(total.p50)],
  ['p95', ({ latency_ms: { total } }) => total && msValue(total.p95)],
  ['p99', ({ latency_ms: { total } }) => total && msValue(total.p99)],
  ['rate', ({ requests_per_s: rate }) => (rate === null ? null : perSecond(rate))],
  ['errors', ({ errors }) => (errors === null ? null : number(errors))],
  ['in_flight', ({ in_flight: gauge }) => gauge && number(gauge.max)],
  ['queued', ({ queue_depth: gauge }) => gauge && number(gauge.max)],
  ['batch', ({ batch_size: size }) => size && number(size.mean, 1)],
  ['ram', ({ rss_bytes: gauge }) => gauge && mibValue(gauge.mean)],
  ['gpu', ({ gpu_bytes: gauge }) => gauge && mibValue(gauge.mean)],
]

export function MetricsTable({ points, nowMs, prose }: MetricsTableProps) {
  const hasGpu = useHasGpu()
  const columns = hasGpu ? COLUMNS : COLUMNS.filter(([name]) => name !== 'gpu')
  return (
    <div
      className="metrics-table"
      role="region"
      aria-label={t('overview:values_of', { prose })}
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{t('words:time')}</th>
            {columns.map(([name]) => (
              <th scope="col" key={name}>
                {t(`overview:column.${name}`)}
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
              {columns.map(([name, read]) => (
                <td key={name}>{read(point) ?? <None />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
