/** What stopping a backend would free, or has freed. No text without a measured value. */
import type { BackendView } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import type { GpuReading } from '../../../protocol/gpu.ts'
import { gpuReason } from '../../format/backend_text.ts'
import { mibValue } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { clockSeconds } from '../../format/time.ts'
import { fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'

export interface StopText {
  heading: string
  text: string
}

/** For the selected backend: a forecast from its current memory, or the measured result. */
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
    return { heading, text: punctuated(fieldText(lastStop, 'sentence')) }
  }
  return { heading: t('system:does_not_run', { name }), text: t('system:measured_then') }
}

function returnText(backend: BackendView, gpus: GpuReading | null): string {
  const { rss_bytes: ram, gpu_bytes: gpu } = backend
  const reason = gpuReason(backend)
  const ramText =
    ram === null ? t('system:ram_unknown') : t('system:ram_returns', { ram: mibValue(ram) })
  // A CPU backend has nothing to add.
  const isOnCpu = gpu === null && backend.provider?.toLowerCase() === 'cpu'
  if (gpu === 0 || isOnCpu) return t('system:ram_alone', { ram: ramText })
  if (gpu === null) {
    return t('system:gpu_unknown', { ram: ramText, reason: reason ?? t('system:not_read') })
  }
  return t('system:ram_and_gpu', {
    ram: ramText,
    gpu: mibValue(gpu),
    after: afterwards(gpus, gpu),
  })
}

/** Only with a single device is the source of the memory certain. */
function afterwards(gpus: GpuReading | null, freed: number): string {
  const [device, another] = gpus?.devices ?? []
  const used = device?.used_bytes ?? null
  if (used === null || another !== undefined || used < freed) return ''
  return ` (${mibValue(used)} → ${mibValue(used - freed)} MiB)`
}

/** Measured result of the last recorded stop, for a backend that runs again. */
export function lastStopOf(events: readonly PlaneEvent[], backend: string): PlaneEvent | undefined {
  return events.findLast((event) => event.kind === 'stop' && event.backend === backend)
}
