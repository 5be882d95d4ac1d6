/** What a stop of a backend would return, or has returned, in sentences. Nothing is said without a figure that was read. Pure. */
import type { BackendView } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import type { GpuReading } from '../../../protocol/gpu.ts'
import { mibFigure } from '../../format/number.ts'
import { sentence } from '../../format/sentence.ts'
import { clockSeconds } from '../../format/time.ts'

export interface StopWords {
  lead: string
  text: string
}

/** The sentence for the selected backend: a forecast from what it holds now, or what was measured. */
export function stopWords(backend: BackendView, gpus: GpuReading | null, nowMs: number): StopWords {
  const { name, pid, runtime, last_stop: lastStop } = backend
  if (pid !== null && runtime !== 'external') {
    return { lead: `If ${name} stops:`, text: `${returnWords(backend, gpus)}.` }
  }
  if (runtime === 'external') {
    return {
      lead: `${name} is external:`,
      text: 'Switchyard did not start it and does not stop it.',
    }
  }
  if (lastStop !== null) {
    const lead = `${name} stopped at ${clockSeconds(lastStop.time, nowMs)}:`
    return { lead, text: sentence(lastStop.sentence) }
  }
  return { lead: `${name} does not run.`, text: 'What its stop returns is measured when it stops.' }
}

function returnWords(backend: BackendView, gpus: GpuReading | null): string {
  const { rss_bytes: ram, gpu_bytes: gpu, gpu_reason: reason } = backend
  const ramWords = ram === null ? 'its RAM is not known' : `${mibFigure(ram)} MiB RAM returns`
  if (gpu === null) return `${ramWords}; GPU memory n/a: ${reason ?? 'not read yet'}`
  if (gpu === 0) return ramWords
  return `${ramWords}, and ${mibFigure(gpu)} MiB GPU memory${afterwards(gpus, gpu)}`
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
