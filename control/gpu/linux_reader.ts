/** A reading on Linux: nvidia-smi for NVIDIA's driver, /sys and /proc for the kernel's drivers. */
import type { GpuDevice, GpuProcess, GpuReading, GpuSource } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import type { GpuIo } from './gpu_io.ts'
import { createCardReader, type CardsReading } from './linux_cards.ts'
import { isNvidiaCard, readOpenGpuFiles, rowsOfProcess } from './linux_processes.ts'
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

/** `pids`: processes to inspect; nvidia-smi lists others too. */
export function createLinuxReader(
  io: GpuIo,
  intervalMs: number,
  pids: () => readonly number[],
): ReadGpus {
  const paths = nvidiaSmiPaths('linux', '')
  const nvidiaSource = new PatientSource((signal) => readNvidia(io, paths, signal), { intervalMs })
  const cardSource = new PatientSource(createCardReader(io), { intervalMs })
  return async (signal) => {
    const [nvidia, drm] = await Promise.all([nvidiaSource.read(signal), cardSource.read(signal)])
    const watched = [...new Set(pids())]
    const rows =
      nvidia.state === 'absent' && drm.state === 'absent'
        ? []
        : await Promise.all(watched.map((pid) => readRows(io, pid, nvidia, drm)))
    return combineLinux(nvidia, drm, watched, rows.flat())
  }
}

async function readRows(
  io: GpuIo,
  pid: number,
  nvidia: NvidiaResult,
  drm: SourceResult<CardsReading>,
): Promise<GpuProcess[]> {
  const cards = drm.state === 'read' ? drm : { cards: [], displayOnlyNodes: [] }
  return rowsOfProcess(pid, await readOpenGpuFiles(io, pid, cards), nvidia, drm)
}

export function combineLinux(
  nvidia: NvidiaResult,
  drm: SourceResult<CardsReading>,
  watched: readonly number[],
  watchedRows: readonly GpuProcess[],
): Omit<GpuReading, 'time'> {
  const listed = nvidia.state === 'read' ? nvidiaRows(nvidia) : []
  const devices = devicesOf(nvidia, drm)
  const missing = [nvidia, drm].filter((result): result is Missing => result.state !== 'read')
  return {
    devices,
    // Open files of a watched process take precedence over nvidia-smi's list.
    processes: [...listed.filter(({ pid }) => !watched.includes(pid)), ...watchedRows],
    sources: [nvidiaLine(nvidia), ...drmLines(drm)],
    unified_memory: null,
    no_gpu_reason: noGpuReason(devices.length, missing),
  }
}

/** NVIDIA cards are in both sources; nvidia-smi knows more about them. */
function devicesOf(nvidia: NvidiaResult, drm: SourceResult<CardsReading>): GpuDevice[] {
  const told = nvidia.state === 'read' ? nvidia.gpus.map(({ device }) => device) : []
  const cards = drm.state === 'read' ? drm.cards.map(({ device }) => device) : []
  return [...told, ...cards.filter(({ id }) => !told.some((device) => device.id === id))]
}

function nvidiaLine(nvidia: NvidiaResult): GpuSource {
  if (nvidia.state !== 'read') return missingSource('nvidia_smi', nvidia)
  return readSource('nvidia_smi', 'some', nvidia.appsReason ?? CUDA_PROCESSES)
}

function drmLines(drm: SourceResult<CardsReading>): GpuSource[] {
  if (drm.state !== 'read') {
    const reason = message('gpu.cards_unknown', { reason: drm.reason })
    return [
      missingSource('drm_sysfs', drm),
      missingSource('drm_fdinfo', { state: 'absent', reason }),
    ]
  }
  const cards = readSource('drm_sysfs', 'none')
  if (drm.cards.every(isNvidiaCard)) {
    const reason = message('gpu.cards_nvidia')
    return [cards, missingSource('drm_fdinfo', { state: 'absent', reason })]
  }
  return [cards, readSource('drm_fdinfo', 'some', message('gpu.list_of_backends'))]
}
