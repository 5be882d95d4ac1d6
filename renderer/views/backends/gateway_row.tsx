import type { BackendView, PlaneView, Snapshot } from '../../../protocol/control.ts'
import { None, NotAvailable } from '../../components/missing_value.tsx'
import { StatusIcon } from '../../components/status_icon.tsx'
import { GatewayBranch } from '../../components/branch.tsx'
import { mibValue, number, percent, perSecond } from '../../format/number.ts'
import { duration } from '../../format/time.ts'
import { useNow, usePanel } from '../../state/panel_store.ts'
import { NoLatency } from './cells.tsx'
import { stateName } from '../../format/backend_text.ts'
import { t } from '../../i18n/i18n.ts'

export function GatewayRow() {
  const snapshot = usePanel((state) => state.snapshot)
  return snapshot && <SumRow {...snapshot} />
}

function SumRow({ plane, backends }: Snapshot) {
  const uptime = useNow((nowMs) => duration(nowMs - plane.started_at))
  const sum = (pick: (backend: BackendView) => number | null) =>
    backends.reduce((total, backend) => total + (pick(backend) ?? 0), 0)
  const inFlight = sum((backend) => backend.in_flight)
  const queued = sum((backend) => backend.queue_depth)
  const requests = sum((backend) => backend.requests)
  const errors = sum((backend) => backend.errors)
  const rate = perSecond(sum((backend) => backend.requests_per_s))
  return (
    <tr className="backend-table-row">
      <Lead plane={plane} />
      <td className="wide-only">
        <span className="line-1">{plane.pid}</span>
        <span className="line-2">{uptime}</span>
      </td>
      <td className="roomy-only">
        <span className="ink-3">{t('words:routes_only')}</span>
      </td>
      <td className="num roomy-only">
        <NotAvailable reason={t('backends:no_health')} />
      </td>
      <td className="num roomy-only" aria-label={t('backends:gateway_load', { inFlight, queued })}>
        <span className="line-1">
          {inFlight} / {queued}
        </span>
        <span className="line-2" />
      </td>
      <td className="num" aria-label={t('backends:gateway_rate', { rate, errors: number(errors) })}>
        <span className="line-1">{rate}</span>
        {errors > 0 && (
          <span className="line-2 narrow-only stop">
            {t('backends:err', { errors: number(errors) })}
          </span>
        )}
      </td>
      <td className="num wide-only">
        <span className="line-1">{number(errors)}</span>
        <span className="line-2">{requests > 0 && percent(errors / requests)}</span>
      </td>
      <td
        title={t('backends:no_gateway_latency')}
        aria-label={t('backends:not_available', { reason: t('backends:no_gateway_latency') })}
      >
        <NoLatency />
      </td>
      <td className="wide-only" />
      <td
        className="num narrow-only"
        aria-label={`RAM ${t('backends:spoken_mib', { value: mibValue(plane.rss_bytes) })}, GPU ${t('words:none')}`}
      >
        <span className="line-1">{mibValue(plane.rss_bytes)}</span>
        <span className="line-2 gpu-only" title={t('backends:no_gpu')}>
          <None />
        </span>
      </td>
      <td className="num wide-only">
        <span className="line-1">{mibValue(plane.rss_bytes)}</span>
      </td>
      <td className="num wide-only gpu-only" title={t('backends:no_gpu')}>
        <None />
      </td>
    </tr>
  )
}

export function FirstGatewayRow({ plane }: { plane: PlaneView }) {
  return (
    <tr className="backend-table-row">
      <Lead plane={plane} />
      <td>
        <span className="line-1">{t('backends:check.port_open', { port: plane.port })}</span>
      </td>
      <td className="ink-3">{t('backends:check.no_model')}</td>
      <td className="roomy-only ink-3">{t('words:routes_only')}</td>
      <td />
    </tr>
  )
}

function Lead({ plane }: { plane: PlaneView }) {
  const address = `ws://${plane.host}:${plane.port}`
  const clients =
    plane.clients === 0 ? t('backends:no_clients') : t('backends:clients', { count: plane.clients })
  return (
    <>
      <td>
        <GatewayBranch hasBackends />
      </td>
      <td />
      <td>
        <span className="line-1 name">{t('words:gateway')}</span>
        <span className="line-2 mono" title={address}>
          {address}
        </span>
      </td>
      <td>
        <span className="line-1 state">
          <StatusIcon state="ready" />
          {stateName('ready')}
        </span>
        <span className="line-2">{clients}</span>
      </td>
    </>
  )
}
