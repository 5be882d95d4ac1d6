import type { BackendView, PlaneView } from '../../../protocol/control.ts'
import type { GpuDevice, GpuReading } from '../../../protocol/gpu.ts'

export interface Share {
  name: string
  bytes: number
}

/** A backend whose memory on this device is unknown has no share. */
export function sharesOn(
  device: GpuDevice,
  reading: GpuReading,
  backends: readonly BackendView[],
): readonly Share[] {
  return backends.flatMap((backend) => {
    const bytes = bytesOn(device, reading, backend)
    return bytes === null || bytes === 0 ? [] : [{ name: backend.name, bytes }]
  })
}

function bytesOn({ id }: GpuDevice, reading: GpuReading, backend: BackendView): number | null {
  if (backend.pid === null) return null
  // A single device holds all memory of a backend, child processes included.
  if (reading.devices.length === 1) return backend.gpu_bytes
  // A row over several devices does not split its memory.
  const rows = reading.processes.filter(
    ({ pid, device_ids: ids }) => pid === backend.pid && ids.length === 1 && ids[0] === id,
  )
  if (rows.length === 0 || rows.some(({ bytes }) => bytes === null)) return null
  return rows.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}

/** Memory beyond the shares; null if the total is unknown. */
export function otherBytes(
  { used_bytes: used }: GpuDevice,
  shares: readonly Share[],
): number | null {
  // Read at different moments, so the shares may exceed the total slightly.
  return used === null ? null : Math.max(0, used - sumOf(shares))
}

export interface RamSum {
  shares: readonly Share[]
  bytes: number
  /** Running processes with unknown RAM: the sum is a lower bound. */
  unknown: readonly string[]
}

export const PLANE_NAME = 'Switchyard'

export function ramSum(plane: PlaneView, backends: readonly BackendView[]): RamSum {
  const running = backends.filter(({ pid }) => pid !== null)
  const shares = [
    { name: PLANE_NAME, bytes: plane.rss_bytes },
    ...running.flatMap(({ name, rss_bytes: bytes }) => (bytes === null ? [] : [{ name, bytes }])),
  ]
  const unknown = running.filter(({ rss_bytes: bytes }) => bytes === null).map(({ name }) => name)
  return { shares, bytes: sumOf(shares), unknown }
}

function sumOf(shares: readonly Share[]): number {
  return shares.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** No running backend reports a provider other than CPU. */
export function isAllOnCpu(backends: readonly BackendView[]): boolean {
  return backends.every(({ pid, provider }) => pid === null || /^(cpu)?$/i.test(provider ?? ''))
}
