import clsx from 'clsx'
import { TriangleAlert } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import { BackendStatusIcon } from '../../components/backend_status_icon.tsx'
import { None, NotAvailable } from '../../components/missing_value.tsx'
import { Sparkline } from '../../components/sparkline.tsx'
import {
  gpuReason,
  processLine,
  providerName,
  stateDetail,
  stateLabel,
  warningText,
} from '../../format/backend_text.ts'
import { mibValue, ms, msValue, number, percent, perSecond } from '../../format/number.ts'
import { duration } from '../../format/time.ts'
import { samplesOf, useNow, usePanel } from '../../state/panel_store.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'

/** Share of the queue limit from which the queue is drawn in amber. */
const QUEUE_HIGH = 0.75
const PONG_SLOW_MS = 200
/** With fewer requests a p95 is just the slowest one. */
export const PERCENTILE_SAMPLES_MIN = 20
const MISSED_SHOWN_MAX = 99

interface CellProps {
  backend: BackendView
}

const DETAIL_TONES: Partial<Record<BackendView['state'], string>> = {
  degraded: 'warn',
  backoff: 'warn',
  failed: 'stop',
  unreachable: 'stop',
  starting: 'accent',
  loading: 'accent',
}

export function StateCell({ backend }: CellProps) {
  const detail = useNow((nowMs) => stateDetail(backend, nowMs))
  const label = useNow((nowMs) => stateLabel(backend, nowMs))
  const process = useNow((nowMs) => processLine(backend, nowMs))
  // Without a process column, a healthy row shows the process below the state.
  const second = detail === '' ? process : detail
  return (
    <td>
      <span className="line-1 state">
        <BackendStatusIcon backend={backend} />
        <span className="state-label" title={label}>
          {label}
        </span>
        <ModelWarnings backend={backend} />
      </span>
      <span
        className={clsx('line-2', DETAIL_TONES[backend.state], detail === '' && 'narrow-only')}
        title={backend.state === 'backoff' ? `${detail}: ${fieldText(backend, 'detail')}` : second}
      >
        {second}
      </span>
    </td>
  )
}

/** Beside the state, so that the second line stays free for the process. */
function ModelWarnings({ backend }: CellProps) {
  const label = warningText(backend)
  if (label === '') return null
  return (
    <span className="model-warnings warn" title={label}>
      <TriangleAlert size={12} strokeWidth={1.75} aria-hidden />
      <span aria-hidden>{backend.warnings.length}</span>
      <span className="sr-only">{label}</span>
    </span>
  )
}

export function ProcessCell({ backend }: CellProps) {
  const { pid, started_at: startedAt } = backend
  const uptime = useNow((nowMs) =>
    pid === null || startedAt === null ? '' : duration(nowMs - startedAt),
  )
  return (
    <td className="wide-only">
      <span className="line-1">{pid ?? <None />}</span>
      <span className="line-2">{uptime}</span>
    </td>
  )
}

export function ProviderCell({ backend }: CellProps) {
  return (
    <td className="roomy-only">
      <span className="line-1" title={backend.provider ?? undefined}>
        {backend.provider === null ? <None /> : providerName(backend.provider)}
      </span>
    </td>
  )
}

export function HealthCell({ backend }: CellProps) {
  const { pong_ms, missed_pongs } = backend
  const isSlow = pong_ms !== null && pong_ms > PONG_SLOW_MS
  const missed = t('backends:missed', { missed: missed_pongs })
  const missedShown =
    missed_pongs > MISSED_SHOWN_MAX
      ? t('backends:missed', { missed: `${MISSED_SHOWN_MAX}+` })
      : missed
  return (
    <td
      className="num roomy-only"
      aria-label={
        pong_ms === null
          ? t('backends:no_pong')
          : t('backends:pong', { pong: spoken(pong_ms), missed })
      }
    >
      <span className={clsx('line-1', isSlow && 'warn')}>
        {pong_ms === null ? <None /> : ms(pong_ms)}
      </span>
      {missed_pongs > 0 && (
        <span className="line-2 warn missed" title={missed}>
          {missedShown}
        </span>
      )}
    </td>
  )
}

export function LoadCell({ backend }: CellProps) {
  const { in_flight, queue_depth, queue_limit } = backend
  if (in_flight === null || queue_depth === null) {
    return <EmptyCell label={t('backends:no_load')} className="roomy-only" />
  }
  const share = Math.min(1, queue_depth / queue_limit)
  const label = t('backends:in_flight_queued', {
    inFlight: in_flight,
    queued: queue_depth,
    limit: number(queue_limit),
  })
  return (
    <td className="num roomy-only" title={label} aria-label={label}>
      <span className="line-1">
        {in_flight} / {queue_depth}
      </span>
      <span className="line-2">
        <span className="load-bar">
          <i
            className={clsx('bar-fill', share >= QUEUE_HIGH && 'is-high')}
            style={{ width: `${share * 100}%`, minWidth: share > 0 ? 2 : 0 }}
          />
        </span>
      </span>
    </td>
  )
}

export function RateCell({ backend }: CellProps) {
  const { requests_per_s, errors } = backend
  return (
    <td
      className="num"
      aria-label={
        requests_per_s === null
          ? t('backends:no_requests')
          : t('backends:rate', { rate: perSecond(requests_per_s), errors: errorText(errors) })
      }
    >
      <span className="line-1">
        {requests_per_s === null ? <None /> : perSecond(requests_per_s)}
      </span>
      {errors > 0 && (
        <span className="line-2 narrow-only stop">
          {t('backends:err', { errors: number(errors) })}
        </span>
      )}
    </td>
  )
}

export function ErrorsCell({ backend }: CellProps) {
  const { requests, errors, pid } = backend
  if (pid === null && errors === 0)
    return <EmptyCell label={t('backends:no_errors')} className="wide-only" />
  const share = requests > 0 ? percent(errors / requests) : ''
  return (
    <td className="num wide-only" aria-label={`${errorText(errors)}, ${share}`}>
      <span className={clsx('line-1', errors > 0 && 'stop')}>{number(errors)}</span>
      <span className="line-2">{share}</span>
    </td>
  )
}

export function LatencyCell({ backend }: CellProps) {
  const latency = backend.latency_ms
  if (latency === null) {
    return (
      <td aria-label={t('backends:no_latency')}>
        <NoLatency />
      </td>
    )
  }
  const { p50, p95, p99 } = latency
  const few = backend.requests < PERCENTILE_SAMPLES_MIN
  const fewText = few ? t('backends:few_requests', { count: backend.requests }) : undefined
  const spokenLatency = `p50 ${spoken(p50)}, p95 ${spoken(p95)}, p99 ${spoken(p99)}`
  return (
    <td aria-label={few ? `${spokenLatency}, ${fewText}` : spokenLatency} title={fewText}>
      <span className={clsx('tri', few && 'ink-3')}>
        <i>{msValue(p50)}</i>
        <i>{msValue(p95)}</i>
        <i>{msValue(p99)}</i>
      </span>
      <span className="narrow-only">
        <BackendSparkline name={backend.name} height={12} />
      </span>
    </td>
  )
}

export function NoLatency() {
  return (
    <span className="tri ink-3">
      <i>–</i>
      <i>–</i>
      <i>–</i>
    </span>
  )
}

export function TrendCell({ backend }: CellProps) {
  return (
    <td className="wide-only" aria-hidden="true">
      <BackendSparkline name={backend.name} height={26} />
    </td>
  )
}

/** RAM above GPU memory where they share a column. */
export function MemoryCell({ backend }: CellProps) {
  return (
    <td
      className="num narrow-only"
      aria-label={`RAM ${spokenRam(backend)}, GPU ${spokenGpu(backend)}`}
    >
      <span className="line-1">
        {backend.rss_bytes === null ? <None /> : mibValue(backend.rss_bytes)}
      </span>
      <span className="line-2 gpu-only">
        <Gpu backend={backend} />
      </span>
    </td>
  )
}

export function RamCell({ backend }: CellProps) {
  return (
    <td className="num wide-only" aria-label={`RAM ${spokenRam(backend)}`}>
      <span className="line-1">
        {backend.rss_bytes === null ? <None /> : mibValue(backend.rss_bytes)}
      </span>
    </td>
  )
}

export function GpuCell({ backend }: CellProps) {
  const showsReason = backend.gpu_bytes === null && backend.pid !== null
  return (
    <td className="num wide-only gpu-only" aria-label={`GPU ${spokenGpu(backend)}`}>
      <span className="line-1">
        <Gpu backend={backend} />
      </span>
      {showsReason && (
        <span className="line-2" title={gpuReason(backend) ?? undefined}>
          {gpuReason(backend)}
        </span>
      )}
    </td>
  )
}

function Gpu({ backend }: CellProps) {
  if (backend.gpu_bytes !== null) return mibValue(backend.gpu_bytes)
  const reason = gpuReason(backend)
  if (backend.pid === null || reason === null) return <None />
  return <NotAvailable reason={reason} />
}

function BackendSparkline({ name, height }: { name: string; height: number }) {
  const samples = usePanel((state) => samplesOf(state, name))
  const nowMs = usePanel((state) => state.nowMs)
  const points = samples.map(({ time, latency_ms: latency }) => ({
    time,
    line: latency?.p50 ?? null,
    area: latency?.p95 ?? null,
  }))
  return <Sparkline points={points} nowMs={nowMs} height={height} />
}

export function EmptyCell({ label, className }: { label: string; className?: string }) {
  return (
    <td className={clsx('num', className)} aria-label={label}>
      <None />
    </td>
  )
}

const errorText = (errors: number) => t('backends:error_count', { count: errors })

function spoken(value: number): string {
  return value >= 10_000
    ? t('backends:spoken_s', { value: number(value / 1000, 1) })
    : t('backends:spoken_ms', { value: msValue(value) })
}

function spokenGpu(backend: BackendView): string {
  const { gpu_bytes: bytes } = backend
  if (bytes !== null) return t('backends:spoken_mib', { value: mibValue(bytes) })
  const reason = gpuReason(backend)
  return reason === null ? t('words:not_known') : t('backends:not_available', { reason })
}

function spokenRam({ rss_bytes }: BackendView): string {
  return rss_bytes === null
    ? t('words:none')
    : t('backends:spoken_mib', { value: mibValue(rss_bytes) })
}
