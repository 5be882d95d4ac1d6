/** The GPUs of the machine: memory and who holds it, utilisation, temperature; or why there is none to show. */
import { TriangleAlert } from 'lucide-react'
import type { BackendView } from '../../../protocol/control.ts'
import type { GpuDevice, GpuFigureName, GpuMemoryKind, GpuReading } from '../../../protocol/gpu.ts'
import { NotAvailable } from '../../components/figures.tsx'
import { mibFigure, number } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { useSourceColours } from '../../state/source_colours.ts'
import { isAllOnCpu, otherBytes, sharesOn } from './memory_shares.ts'
import { ShareBar } from './share_bar.tsx'
import { SOURCE_WORDS } from './source_words.ts'
import { t } from '../../i18n/i18n.ts'

interface GpuPartProps {
  reading: GpuReading | null
  backends: readonly BackendView[]
  /** Its share is hatched: it would be free again. */
  selected: string | null
}

export function GpuPart({ reading, backends, selected }: GpuPartProps) {
  if (reading === null) {
    return (
      <section className="system-cell" aria-label={t('system:gpus')}>
        <p className="ink-2" role="status">
          {t('system:the_gpus_have_not')}
        </p>
      </section>
    )
  }
  if (reading.devices.length === 0) return <NoGpu reading={reading} backends={backends} />
  return (
    <>
      {reading.unified_memory !== null && (
        <p className="system-cell small ink-2">{sentence(reading.unified_memory)}</p>
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
  // Otherwise the list of sources says all of it.
  const needsReason = reading.sources.every(({ reason }) => reason === null)
  return (
    <section className="system-cell" aria-label={t('system:gpus')}>
      <h2 className="system-title">
        {isAllOnCpu(backends) ? 'No GPU found; all runs on CPU' : 'No GPU found'}
      </h2>
      {needsReason && reading.no_gpu_reason !== null && (
        <p className="small ink-2">{sentence(reading.no_gpu_reason)}</p>
      )}
      <dl className="system-sources">
        {reading.sources.map(({ source, ok, reason }) => (
          <div key={source}>
            <dt>{SOURCE_WORDS[source]}</dt>
            <dd>
              {ok ? 'Was read, and names no GPU.' : sentence(reason ?? 'no reason was given')}
            </dd>
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

const MEMORY_WORDS: Record<GpuMemoryKind, string> = {
  dedicated: 'dedicated memory',
  shared: 'part of the machine’s memory',
  unified: 'one memory with the CPU',
  unknown: 'kind of memory not known',
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
          {device.name ?? <Unknown device={device} figure="name" />}
        </span>
        <span className="caption ink-3">{MEMORY_WORDS[device.memory]}</span>
        <span className="grow" />
        <span className="small ink-2 live">
          <b>{used === null ? <Unknown device={device} figure="used_bytes" /> : mibFigure(used)}</b>{' '}
          of {total === null ? <Unknown device={device} figure="total_bytes" /> : mibFigure(total)}{' '}
          MiB used
        </span>
      </div>
      {total !== null && used !== null && (
        <div className="live">
          <ShareBar segments={segments} freeBytes={Math.max(0, total - used)} />
        </div>
      )}
      <dl className="system-figures live">
        <div>
          <dt>{t('system:utilisation')}</dt>
          <dd>
            {device.utilization_percent === null ? (
              <Unknown device={device} figure="utilization_percent" />
            ) : (
              `${number(device.utilization_percent)} %`
            )}
          </dd>
        </div>
        <div>
          <dt>{t('system:temperature')}</dt>
          <dd>
            {device.temperature_celsius === null ? (
              <Unknown device={device} figure="temperature_celsius" />
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

function Unknown({ device, figure }: { device: GpuDevice; figure: GpuFigureName }) {
  return <NotAvailable reason={device.reasons[figure] ?? 'no reason was given'} />
}

/** A source that does not know all processes says why. */
function PerProcess({ device, reading }: { device: GpuDevice; reading: GpuReading }) {
  const source = reading.sources.find(({ source: name }) => name === device.source)
  const reason = source?.processes_reason ?? null
  if (reason === null) return null
  return (
    <div>
      <dt className="sr-only">{t('system:per_process')}</dt>
      <dd className="tag">
        <TriangleAlert size={11} strokeWidth={1.75} aria-hidden />
        {source?.processes === 'some' ? 'not all processes listed' : 'per process n/a'}: {reason}
      </dd>
    </div>
  )
}

const FIGURE_WORDS: Record<GpuFigureName, string> = {
  name: 'Name',
  total_bytes: 'Memory',
  used_bytes: 'Used memory',
  utilization_percent: 'Utilisation',
  temperature_celsius: 'Temperature',
}

/** Each `n/a` in words, for whoever cannot hover. */
function Reasons({ device }: { device: GpuDevice }) {
  const reasons = Object.entries(FIGURE_WORDS).flatMap(([figure, words]) => {
    const reason = device.reasons[figure as GpuFigureName]
    return reason === undefined ? [] : [`${words} n/a: ${reason}`]
  })
  if (reasons.length === 0) return null
  return <p className="caption ink-3">{reasons.join('. ')}.</p>
}
