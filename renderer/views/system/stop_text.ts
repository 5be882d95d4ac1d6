/** What a stop of a backend would return, or has returned, in sentences. Nothing is said without a figure that was read. Pure. */
import type { BackendView } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import type { GpuReading } from '../../../protocol/gpu.ts'
import { gpuReason } from '../../format/backend_text.ts'
import { mibFigure } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'

export interface StopText {
  heading: string
  text: string
}

/** The sentence for the selected backend: a forecast from what it holds now, or what was measured. */
export function stopText(backend: BackendView, gpus: GpuReading | null, nowMs: number): StopText {
  const { name, pid, runtime, last_stop: lastStop } = backend
  if (pid !== null && runtime !== 'external') {
    return { heading: t('system:if_stops', { name }), text: returnText(backend, gpus) }
  }
  if (runtime === 'external') {
    return {
      heading: t('system:is_external', { name }),
      text: t('system:external'),
    }
  }
  if (lastStop !== null) {
    const heading = t('system:stopped_at', { name, time: clockSeconds(lastStop.time, nowMs) })
    return { heading, text: sentence(lastStop.sentence) }
  }
  return { heading: t('system:does_not_run', { name }), text: t('system:measured_then') }
}

function returnText(backend: BackendView, gpus: GpuReading | null): string {
  const { rss_bytes: ram, gpu_bytes: gpu } = backend
  const reason = gpuReason(backend)
  const ramText =
    ram === null ? t('system:ram_unknown') : t('system:ram_returns', { ram: mibFigure(ram) })
  // Of one that runs on the CPU there is nothing more to say.
  const isOnCpu = gpu === null && backend.provider?.toLowerCase() === 'cpu'
  if (gpu === 0 || isOnCpu) return t('system:ram_alone', { ram: ramText })
  if (gpu === null) {
    return t('system:gpu_unknown', { ram: ramText, reason: reason ?? t('system:not_read') })
  }
  return t('system:ram_and_gpu', {
    ram: ramText,
    gpu: mibFigure(gpu),
    after: afterwards(gpus, gpu),
  })
}

/** Only of a single device is it known that all of it comes from there. */
function afterwards(gpus: GpuReading | null, freed: number): string {
  const [device, another] = gpus?.devices ?? []
  const used = device?.used_bytes ?? null
  if (used === null || another !== undefined || used < freed) return ''
  return ` (${mibFigure(used)} → ${mibFigure(used - freed)} MiB)`
}

/** The measured figure of the last stop that is on record, for one that runs again. */
export function lastStopOf(events: readonly PlaneEvent[], backend: string): PlaneEvent | undefined {
  return events.findLast((event) => event.kind === 'stop' && event.backend === backend)
}
