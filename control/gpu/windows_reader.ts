/** A reading on Windows: its own counters, and nvidia-smi for temperature and GPUs under TCC. */
import type { GpuDevice, GpuProcess, GpuReading, GpuSource } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import { quoted } from './value.ts'
import { errorCode, type CommandResult, type GpuIo } from './gpu_io.ts'
import type { NvidiaGpu } from './nvidia_smi.ts'
import {
  CUDA_PROCESSES,
  nvidiaRows,
  nvidiaSmiPaths,
  readNvidia,
  type NvidiaResult,
} from './nvidia_source.ts'
import {
  missingSource,
  noGpuReason,
  PatientSource,
  readSource,
  type Missing,
  type ReadGpus,
  type SourceResult,
} from './source_result.ts'
import { parseWindowsCounters, WINDOWS_SCRIPT, type WindowsReading } from './windows_counters.ts'

/** PowerShell takes a second to start, several on a busy machine, and the counters another. */
const TIMEOUT_MS = 20_000

export function createWindowsReader(io: GpuIo, intervalMs: number, systemRoot: string): ReadGpus {
  const paths = nvidiaSmiPaths('win32', systemRoot)
  const nvidiaSource = new PatientSource((signal) => readNvidia(io, paths, signal), { intervalMs })
  const counterSource = new PatientSource((signal) => readCounters(io, systemRoot, signal), {
    intervalMs,
  })
  return async (signal) =>
    combineWindows(...(await Promise.all([nvidiaSource.read(signal), counterSource.read(signal)])))
}

async function readCounters(
  io: GpuIo,
  systemRoot: string,
  signal: AbortSignal,
): Promise<SourceResult<WindowsReading>> {
  const powershell = `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`
  const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', WINDOWS_SCRIPT]
  let answer: CommandResult
  try {
    answer = await io.exec(powershell, args, { timeoutMs: TIMEOUT_MS, signal })
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    const reason = message('gpu.command_missing', { program: powershell, system: 'Windows' })
    return { state: 'failed', reason }
  }
  if (answer.exitCode !== 0) {
    const reason = message('gpu.counters_unread', { reason: quoted(answer.stderr.trim()) })
    return { state: 'failed', reason }
  }
  const reading = parseWindowsCounters(answer.stdout)
  return reading.devices.length === 0
    ? { state: 'absent', reason: message('gpu.counters_none') }
    : { state: 'read', ...reading }
}

/** Where both sources report a device: memory from the counters, other values from nvidia-smi. */
export function combineWindows(
  nvidia: NvidiaResult,
  counters: SourceResult<WindowsReading>,
): Omit<GpuReading, 'time'> {
  const missing = [nvidia, counters].filter((result): result is Missing => result.state !== 'read')
  const gpus = nvidia.state === 'read' ? nvidia.gpus : []
  const counted = counters.state === 'read' ? counters.devices : []
  // Under TCC a GPU is not a Windows device; without counters nvidia-smi is the only source.
  const alone = gpus.filter((gpu) => counters.state !== 'read' || gpu.driverModel === 'tcc')
  const devices = [
    ...counted.map((device) => enrich(device, gpus)),
    ...alone.map(({ device }) => device),
  ]
  return {
    devices,
    processes: [...(counters.state === 'read' ? counters.processes : []), ...rowsOf(nvidia, alone)],
    sources: [
      nvidiaLine(nvidia, alone),
      counters.state === 'read'
        ? readSource('windows_counters', 'all')
        : missingSource('windows_counters', counters),
    ],
    unified_memory: null,
    no_gpu_reason: noGpuReason(devices.length, missing),
  }
}

/** Both sources identify a GPU only by name, so two with the same name cannot be distinguished. */
function enrich(device: GpuDevice, gpus: readonly NvidiaGpu[]): GpuDevice {
  if (device.vendor !== 'nvidia') return device
  const same = gpus.filter((gpu) => gpu.driverModel !== 'tcc' && gpu.device.name === device.name)
  const [gpu] = same
  if (gpu === undefined) return device
  const { temperature_celsius: _, ...rest } = device.reasons
  const { temperature_celsius: celsius, reasons } = gpu.device
  if (same.length === 1 && celsius !== null) {
    return { ...device, temperature_celsius: celsius, reasons: rest }
  }
  const reason =
    same.length > 1
      ? message('gpu.names_alike', { gpus: same.length, name: device.name ?? '' })
      : reasons.temperature_celsius
  return reason === undefined
    ? device
    : { ...device, reasons: { ...rest, temperature_celsius: reason } }
}

function rowsOf(nvidia: NvidiaResult, alone: readonly NvidiaGpu[]): GpuProcess[] {
  if (nvidia.state !== 'read') return []
  const uuids = new Set(alone.map(({ uuid }) => uuid))
  return nvidiaRows({ ...nvidia, apps: nvidia.apps.filter(({ uuid }) => uuids.has(uuid)) })
}

/** Windows counts processes on all GPUs that it manages; nvidia-smi covers the rest. */
function nvidiaLine(nvidia: NvidiaResult, alone: readonly NvidiaGpu[]): GpuSource {
  if (nvidia.state !== 'read') {
    // Only the temperature is unknown then; the counters cover the processes.
    return { ...missingSource('nvidia_smi', nvidia), processes: 'none', processes_reason: null }
  }
  if (alone.length === 0) return readSource('nvidia_smi', 'none')
  if (nvidia.appsReason !== null) return readSource('nvidia_smi', 'unknown', nvidia.appsReason)
  // Under TCC there is only CUDA, so the list is complete.
  return alone.every(({ driverModel }) => driverModel === 'tcc')
    ? readSource('nvidia_smi', 'all')
    : readSource('nvidia_smi', 'some', CUDA_PROCESSES)
}
