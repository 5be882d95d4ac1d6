/** GPUs: memory and its users, utilization, temperature; or why there are none. */
import { TriangleAlert } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import type { Message } from '../../../protocol/messages.ts'
import type { GpuDevice, GpuValueName, GpuReading, GpuSourceName } from '../../../protocol/gpu.ts'
import { NotAvailable } from '../../components/missing_value.tsx'
import { messageText } from '../../format/message.ts'
import { mibValue, number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { isAllOnCpu, otherBytes, sharesOn } from './memory_shares.ts'
import { ShareBar } from './share_bar.tsx'
import { t } from '../../i18n/i18n.ts'

interface GpuPartProps {
  reading: GpuReading | null
  backends: readonly BackendView[]
  /** Hatched: the memory that a stop would free. */
  selected: string | null
}

export function GpuPart({ reading, backends, selected }: GpuPartProps) {
  if (reading === null) {
    return (
      <section className="system-cell" aria-label={t('system:gpus')}>
        <p className="ink-2" role="status">
          {t('system:gpus_unread')}
        </p>
      </section>
    )
  }
  if (reading.devices.length === 0) return <NoGpu reading={reading} backends={backends} />
  return (
    <>
      {reading.unified_memory !== null && (
        <p className="system-cell small ink-2">{punctuated(messageText(reading.unified_memory))}</p>
      )}
      {reading.devices.map((device, index) => (
        <Device
          key={device.id}
          title={`GPU ${index}`}
          device={device}
          reading={reading}
          backends={backends}
          selected={selected}
        />
      ))}
    </>
  )
}

function NoGpu({ reading, backends }: Pick<GpuPartProps, 'backends'> & { reading: GpuReading }) {
  // Otherwise the list of sources explains it.
  const needsReason = reading.sources.every(({ reason }) => reason === null)
  return (
    <section className="system-cell" aria-label={t('system:gpus')}>
      <h2 className="system-title">
        {t(isAllOnCpu(backends) ? 'system:no_gpu_cpu' : 'system:no_gpu')}
      </h2>
      {needsReason && reading.no_gpu_reason !== null && (
        <p className="small ink-2">{punctuated(messageText(reading.no_gpu_reason))}</p>
      )}
      <dl className="system-sources small">
        {reading.sources.map(({ source, ok, reason }) => (
          <div key={source}>
            <dt>{SOURCE_WORDS[source]}</dt>
            <dd>{ok ? t('system:names_none') : punctuated(reasonText(reason))}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

interface DeviceProps extends GpuPartProps {
  title: string
  device: GpuDevice
  reading: GpuReading
}

function Device({ title, device, reading, backends, selected }: DeviceProps) {
  const colours = useSourceColours()
  const { total_bytes: total, used_bytes: used } = device
  const shares = sharesOn(device, reading, backends)
  const other = otherBytes(device, shares)
  const segments = [
    ...shares.map((share) => ({
      ...share,
      colour: colours[share.name] ?? 'var(--d6)',
      isHatched: share.name === selected,
    })),
    ...(other === null || other === 0
      ? []
      : [{ name: shares.length === 0 ? 'used' : 'other', bytes: other, colour: 'var(--d6)' }]),
  ]
  return (
    <section className="system-cell" aria-label={title}>
      <div className="row">
        <h2 className="system-title">{title}</h2>
        <span className="ink-2 ellipsis">
          {device.name ?? <Unknown device={device} value="name" />}
        </span>
        <span className="caption ink-3">{t(`system:memory.${device.memory}`)}</span>
        <span className="grow" />
        <span className="small ink-2 live">
          <b>{used === null ? <Unknown device={device} value="used_bytes" /> : mibValue(used)}</b>{' '}
          {t('system:used_of', { total: total === null ? 'n/a' : mibValue(total) })}
        </span>
      </div>
      {total !== null && used !== null && (
        <div className="live">
          <ShareBar segments={segments} freeBytes={Math.max(0, total - used)} />
        </div>
      )}
      <dl className="system-values live">
        <div>
          <dt>{t('system:gpu_value.utilization_percent')}</dt>
          <dd>
            {device.utilization_percent === null ? (
              <Unknown device={device} value="utilization_percent" />
            ) : (
              `${number(device.utilization_percent)} %`
            )}
          </dd>
        </div>
        <div>
          <dt>{t('system:gpu_value.temperature_celsius')}</dt>
          <dd>
            {device.temperature_celsius === null ? (
              <Unknown device={device} value="temperature_celsius" />
            ) : (
              `${number(device.temperature_celsius)} °C`
            )}
          </dd>
        </div>
        <div>
          <dt>{t('system:read_by')}</dt>
          <dd>{SOURCE_WORDS[device.source]}</dd>
        </div>
        <PerProcess device={device} reading={reading} />
      </dl>
      <Reasons device={device} />
    </section>
  )
}

const reasonText = (reason: Message | null | undefined): string =>
  reason ? messageText(reason) : t('system:no_reason')

function Unknown({ device, value }: { device: GpuDevice; value: GpuValueName }) {
  return <NotAvailable reason={reasonText(device.reasons[value])} />
}

/** Explains why a source does not know all processes. */
function PerProcess({ device, reading }: { device: GpuDevice; reading: GpuReading }) {
  const source = reading.sources.find(({ source: name }) => name === device.source)
  const reason = source?.processes_reason ?? null
  if (reason === null) return null
  return (
    <div>
      <dt className="sr-only">{t('system:per_process')}</dt>
      <dd className="tag">
        <TriangleAlert size={11} strokeWidth={1.75} aria-hidden />
        {t(source?.processes === 'some' ? 'system:not_all' : 'system:per_process_na', {
          reason: messageText(reason),
        })}
      </dd>
    </div>
  )
}

const UNKNOWN_VALUES: readonly GpuValueName[] = [
  'name',
  'total_bytes',
  'used_bytes',
  'utilization_percent',
  'temperature_celsius',
]

/** Each `n/a` as text, for users who cannot hover. */
function Reasons({ device }: { device: GpuDevice }) {
  const reasons = UNKNOWN_VALUES.flatMap((value) => {
    const reason = device.reasons[value]
    if (reason === undefined) return []
    const name = t(`system:gpu_value.${value}`)
    return [punctuated(t('system:value_na', { name, reason: messageText(reason) }))]
  })
  if (reasons.length === 0) return null
  return <p className="caption ink-3">{reasons.join(' ')}</p>
}

const SOURCE_WORDS: Record<GpuSourceName, string> = {
  nvidia_smi: 'nvidia-smi',
  drm_sysfs: 'DRM, /sys/class/drm',
  drm_fdinfo: 'DRM, /proc/*/fdinfo',
  windows_counters: 'Windows counters',
  macos_profiler: 'macOS system profiler',
}
