/** Arguments and output of nvidia-smi; nvidia_source.ts runs it. */
import { MessageError } from '../../protocol/errors.ts'
import type { GpuDevice } from '../../protocol/gpu.ts'
import { message, type PlainCode } from '../../protocol/messages.ts'
import { failureOf } from './gpu_io.ts'
import type { Missing } from './source_result.ts'
import {
  knownBytes,
  deviceOf,
  known,
  knownNumber,
  knownPercent,
  quoted,
  unknown,
  type Known,
} from './value.ts'
import { MIB } from '../../protocol/bytes.ts'

const FORMAT = '--format=csv,noheader,nounits'
/** Source: `nvidia-smi --help-query-gpu`. The name is last: only it may contain a comma. */
export const NVIDIA_GPU_ARGS = [
  '--query-gpu=uuid,pci.bus_id,memory.total,memory.used,utilization.gpu,temperature.gpu,driver_model.current,name',
  FORMAT,
] as const
/** Source: `nvidia-smi --help-query-compute-apps`. */
export const NVIDIA_APPS_ARGS = [
  '--query-compute-apps=gpu_uuid,pid,used_gpu_memory',
  FORMAT,
] as const

/** `nounits` reports memory in MiB (source: `nvidia-smi --help-query-gpu`). */
const PROGRAM = 'nvidia-smi'

/** Who manages GPU memory on Windows: the system under WDDM and MCDM, NVIDIA's driver under TCC. */
export type NvidiaDriverModel = 'wddm' | 'mcdm' | 'tcc' | null

export interface NvidiaGpu {
  uuid: string
  driverModel: NvidiaDriverModel
  device: GpuDevice
}

export interface NvidiaApp {
  uuid: string
  pid: number
  bytes: Known<number>
}

/** Throws an Error that quotes the first unexpected line. */
export function parseNvidiaGpus(csv: string): NvidiaGpu[] {
  return linesOf(csv).map((line) => {
    const [uuid, busId, total, used, utilization, temperature, model, ...name] = fieldsOf(line)
    const id = busId === undefined ? null : deviceIdOfBus(busId)
    if (name.length === 0 || id === null) throw unexpected(line)
    const totalBytes = memory(total ?? '')
    return {
      uuid: uuid ?? '',
      driverModel: driverModelOf(model ?? ''),
      device: deviceOf(
        {
          id,
          source: 'nvidia_smi',
          vendor: 'nvidia',
          // Boards with shared CPU and GPU memory report [N/A].
          memory: 'value' in totalBytes ? 'dedicated' : 'unknown',
        },
        {
          name: known(name.join(', ')),
          total_bytes: totalBytes,
          used_bytes: memory(used ?? ''),
          utilization_percent: knownPercent(knownNumber(utilization ?? '', PROGRAM), PROGRAM),
          temperature_celsius: knownNumber(temperature ?? '', PROGRAM),
        },
      ),
    }
  })
}

/** Throws an Error that quotes the first unexpected line. */
export function parseNvidiaApps(csv: string): NvidiaApp[] {
  return linesOf(csv)
    .filter((line) => !NO_PROCESSES.test(line))
    .map((line) => {
      const [uuid, pid, used, ...rest] = fieldsOf(line)
      if (used === undefined || rest.length > 0 || !/^[1-9]\d*$/.test(pid ?? '')) {
        throw unexpected(line)
      }
      return { uuid: uuid ?? '', pid: Number(pid), bytes: memory(used) }
    })
}

/**
 * `00000000:01:00.0` as written by the kernel, with a prefix: `pci:0000:01:00.0`; null if it is not an address. NVML's
 * domain has eight digits, that of sysfs four or more (source: nvmlPciInfo_t; drivers/pci/pci-sysfs).
 */
export function deviceIdOfBus(busId: string): string | null {
  const parts = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(busId.trim())
  if (parts === null) return null
  const [, domain, bus, slot, func] = parts
  const short = Number.parseInt(domain ?? '', 16)
    .toString(16)
    .padStart(4, '0')
  return `pci:${short}:${bus}:${slot}.${func}`.toLowerCase()
}

/** `absent` when nvidia-smi found no device; else the failure in its words, with the remedy if known. */
export function explainNvidiaFailure(output: string, exitCode: number | null): Missing {
  const words = linesOf(output).slice(0, 3).join(' ')
  if (/no devices were found/i.test(words)) {
    return { state: 'absent', reason: NO_GPU_FOUND }
  }
  const remedy = REMEDIES.find(([pattern]) => pattern.test(words))?.[1]
  const failure = failureOf(PROGRAM, exitCode, words)
  return {
    state: 'failed',
    reason:
      remedy === undefined
        ? failure
        : message('clauses', { first: failure, second: message(remedy) }),
  }
}

export const NO_GPU_FOUND = message('gpu.smi_none')

const REMEDIES: readonly (readonly [RegExp, PlainCode])[] = [
  [/driver\/library version mismatch/i, 'gpu.nvidia_updated'],
  [/couldn't communicate with the NVIDIA driver/i, 'gpu.nvidia_unloaded'],
  [/GPU is lost|fallen off the bus/i, 'gpu.nvidia_lost'],
  [/insufficient permissions/i, 'gpu.nvidia_access'],
]

const NO_PROCESSES = /^no running (compute )?processes/i

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const fieldsOf = (line: string): string[] => line.split(', ').map((field) => field.trim())

const memory = (text: string): Known<number> => knownBytes(knownNumber(text, PROGRAM, MIB), PROGRAM)

function driverModelOf(text: string): NvidiaDriverModel {
  const model = text.toLowerCase()
  return model === 'wddm' || model === 'mcdm' || model === 'tcc' ? model : null
}

const unexpected = (line: string): Error =>
  new MessageError(message('gpu.smi_odd', { line: quoted(line) }))

/** Explains [N/A] where Windows manages the memory (source: NVML, nvmlProcessInfo_t.usedGpuMemory). */
export function appBytes(app: NvidiaApp, model: NvidiaDriverModel): Known<number> {
  const isWindows = model === 'wddm' || model === 'mcdm'
  return isWindows && !('value' in app.bytes) ? unknown(message('gpu.smi_wddm')) : app.bytes
}
