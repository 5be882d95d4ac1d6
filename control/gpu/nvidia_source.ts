import { saidBy } from '../../protocol/errors.ts'
import type { GpuProcess } from '../../protocol/gpu.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { processRow, sumKnown, unknown } from './value.ts'
import { errorCode, type CommandResult, type GpuIo } from './gpu_io.ts'
import {
  appBytes,
  explainNvidiaFailure,
  NO_GPU_FOUND,
  NVIDIA_APPS_ARGS,
  NVIDIA_GPU_ARGS,
  parseNvidiaApps,
  parseNvidiaGpus,
  type NvidiaApp,
  type NvidiaGpu,
} from './nvidia_smi.ts'
import type { SourceResult } from './source_result.ts'

export interface NvidiaReading {
  gpus: readonly NvidiaGpu[]
  /** Compute processes, and why they are unknown if only the devices could be read. */
  apps: readonly NvidiaApp[]
  appsReason: Message | null
}
export type NvidiaResult = SourceResult<NvidiaReading>

/** The first call after a while wakes the driver, which takes seconds on machines with many GPUs. */
const TIMEOUT_MS = 15_000

/** Installation paths; on Linux also PATH and the path of WSL. */
export function nvidiaSmiPaths(platform: 'linux' | 'win32', systemRoot: string): readonly string[] {
  return platform === 'linux'
    ? ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi']
    : [
        // Absolute: with a bare name Windows would search the working folder first.
        `${systemRoot}\\System32\\nvidia-smi.exe`,
        'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvidia-smi.exe',
      ]
}

/** Runs the first of `paths` that exists. Throws on unexpected or missing output. */
export async function readNvidia(
  io: GpuIo,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<NvidiaResult> {
  const limits = { timeoutMs: TIMEOUT_MS, signal }
  for (const path of paths) {
    let answer: CommandResult
    try {
      answer = await io.exec(path, NVIDIA_GPU_ARGS, limits)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') continue
      throw error
    }
    if (answer.exitCode !== 0) return explainNvidiaFailure(wordsOf(answer), answer.exitCode)
    const gpus = parseNvidiaGpus(answer.stdout)
    if (gpus.length === 0) return { state: 'absent', reason: NO_GPU_FOUND }
    return { state: 'read', gpus, ...(await readApps(io, path, limits)) }
  }
  return { state: 'absent', reason: message('gpu.smi_missing') }
}

export function nvidiaRows({ gpus, apps }: NvidiaReading): GpuProcess[] {
  const groups = new Map<string, NvidiaApp[]>()
  for (const app of apps) {
    const key = `${app.pid} ${app.uuid}`
    groups.set(key, [...(groups.get(key) ?? []), app])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const gpu = gpus.find(({ uuid }) => uuid === first.uuid)
    const bytes = sumKnown(group.map((app) => appBytes(app, gpu?.driverModel ?? null)))
    // A MIG slice may have its own id: then it is on one of these devices.
    const ids = gpu === undefined ? gpus.map(({ device }) => device.id) : [gpu.device.id]
    return [processRow('nvidia_smi', first.pid, ids, bytes)]
  })
}

/** A process that has a GPU open but is not listed by nvidia-smi. */
export function unlistedNvidia(pid: number, { gpus, appsReason }: NvidiaReading): GpuProcess {
  return processRow(
    'nvidia_smi',
    pid,
    gpus.map(({ device }) => device.id),
    unknown(appsReason ?? message('gpu.process_unlisted', { pid, reason: CUDA_ONLY })),
  )
}

/** Source: NVML, nvmlDeviceGetComputeRunningProcesses; its pids are those of the host. */
const CUDA_ONLY = message('gpu.cuda_only')
export const CUDA_PROCESSES = message('because', { what: 'nvidia-smi', reason: CUDA_ONLY })

async function readApps(
  io: GpuIo,
  path: string,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<Pick<NvidiaReading, 'apps' | 'appsReason'>> {
  try {
    const answer = await io.exec(path, NVIDIA_APPS_ARGS, limits)
    if (answer.exitCode === 0) return { apps: parseNvidiaApps(answer.stdout), appsReason: null }
    const { reason } = explainNvidiaFailure(wordsOf(answer), answer.exitCode)
    return { apps: [], appsReason: reason }
  } catch (error) {
    return { apps: [], appsReason: saidBy(error) }
  }
}

const wordsOf = ({ stdout, stderr }: CommandResult): string => `${stdout}\n${stderr}`
