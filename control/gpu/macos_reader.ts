/** A reading on macOS: devices only. macOS does not expose the GPU memory of a process. */
import type { GpuDevice, GpuReading } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import { errorCode, failureOf, type CommandResult, type GpuIo } from './gpu_io.ts'
import { parseProfiler, PROFILER_ARGS, UNIFIED_MEMORY_NOTE } from './macos_profiler.ts'
import {
  missingSource,
  noGpuReason,
  PatientSource,
  readSource,
  type ReadGpus,
  type SourceResult,
} from './source_result.ts'

const PROFILER = '/usr/sbin/system_profiler'
const TIMEOUT_MS = 30_000
/** Its output changes only when an external GPU is connected. */
const FRESH_MS = 60_000

type ProfilerResult = SourceResult<{ devices: readonly GpuDevice[] }>

export function createMacosReader(io: GpuIo, intervalMs: number): ReadGpus {
  const source = new PatientSource((signal) => readProfiler(io, signal), {
    intervalMs,
    freshMs: FRESH_MS,
  })
  return async (signal) => combineMacos(await source.read(signal))
}

async function readProfiler(io: GpuIo, signal: AbortSignal): Promise<ProfilerResult> {
  let answer: CommandResult
  try {
    answer = await io.exec(PROFILER, PROFILER_ARGS, { timeoutMs: TIMEOUT_MS, signal })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    const reason = message('gpu.command_missing', { program: PROFILER, system: 'macOS' })
    return { state: 'failed', reason }
  }
  if (answer.exitCode !== 0) {
    const reason = failureOf('system_profiler', answer.exitCode, answer.stderr.trim())
    return { state: 'failed', reason }
  }
  const devices = parseProfiler(answer.stdout)
  return devices.length === 0
    ? { state: 'absent', reason: message('gpu.profiler_none') }
    : { state: 'read', devices }
}

export function combineMacos(profiler: ProfilerResult): Omit<GpuReading, 'time'> {
  if (profiler.state !== 'read') {
    return {
      devices: [],
      processes: [],
      sources: [missingSource('macos_profiler', profiler)],
      unified_memory: null,
      no_gpu_reason: noGpuReason(0, [profiler]),
    }
  }
  const isUnified = profiler.devices.some(({ memory }) => memory === 'unified')
  return {
    devices: [...profiler.devices],
    processes: [],
    sources: [readSource('macos_profiler', 'unknown', message('gpu.macos_processes'))],
    unified_memory: isUnified ? UNIFIED_MEMORY_NOTE : null,
    no_gpu_reason: null,
  }
}
