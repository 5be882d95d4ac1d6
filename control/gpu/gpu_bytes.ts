import type { GpuReading } from '../../protocol/gpu.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { known, mapKnown, sumKnown, unknown, type Known } from './value.ts'

/** `reason` is null exactly when the bytes are known. */
export type GpuBytes = { bytes: number; reason: null } | { bytes: null; reason: Message }

/** Bytes of all `pids`. One unknown process makes the sum unknown: a partial sum would look like a small value. */
export function gpuBytesOf(reading: GpuReading, pids: readonly number[]): GpuBytes {
  const sum = sumOf(reading, [...new Set(pids)])
  return 'value' in sum ? { bytes: sum.value, reason: null } : { bytes: null, reason: sum.reason }
}

function sumOf(reading: GpuReading, pids: readonly number[]): Known<number> {
  if (pids.length === 0) return unknown(message('gpu.no_process'))
  if (reading.no_gpu_reason !== null) return unknown(reading.no_gpu_reason)
  return sumKnown(pids.map((pid) => bytesOfProcess(reading, pid)))
}

function bytesOfProcess({ processes, sources }: GpuReading, pid: number): Known<number> {
  const rows = processes.filter((row) => row.pid === pid)
  const told = sumKnown(rows.map(({ bytes, reason }) => figureOf(bytes, reason)))
  // A source without an entry for this process only counts if its list is complete.
  const silent = sources.find(
    ({ source, processes: listing }) =>
      (listing === 'some' || listing === 'unknown') && !rows.some((row) => row.source === source),
  )
  if (silent === undefined) {
    const isAsked = rows.length > 0 || sources.some(({ processes: listing }) => listing === 'all')
    return isAsked ? told : unknown(message('gpu.no_listing'))
  }
  const reason = silent.processes_reason ?? NO_REASON
  return mapKnown(told, () =>
    unknown(silent.processes === 'some' ? message('gpu.list_incomplete', { pid, reason }) : reason),
  )
}

const figureOf = (bytes: number | null, reason: Message | null): Known<number> =>
  bytes === null ? unknown(reason ?? NO_REASON) : known(bytes)

const NO_REASON = message('gpu.no_reason')
