/** Parses the kernel's DRM client statistics, /proc/PID/fdinfo; linux_processes.ts reads the files. */
import { message } from '../../protocol/messages.ts'
import { known, unknown, type Known } from './value.ts'

export interface DrmClient {
  driver: string
  /** PCI address such as `0000:03:00.0`; null for a device on another bus. */
  pdev: string | null
  /** Shared by the files of one client; null if the kernel does not report it (then each file counts). */
  clientId: string | null
  bytes: Known<number>
}

/** null if it is not the file of a DRM device. Format: Documentation/gpu/drm-usage-stats.rst of the Linux kernel. */
export function parseDrmFdinfo(text: string): DrmClient | null {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (line.startsWith('drm-') && colon > 0) {
      values.set(line.slice(0, colon), line.slice(colon + 1).trim())
    }
  }
  const driver = values.get('drm-driver')
  if (driver === undefined) return null
  return {
    driver,
    pdev: values.get('drm-pdev')?.toLowerCase() ?? null,
    clientId: values.get('drm-client-id') ?? null,
    bytes: memoryOf(values, driver),
  }
}

/** One entry per client: several open files, and copies of one, report the same memory (drm-usage-stats.rst, drm-client-id). */
export function distinctClients(clients: readonly DrmClient[]): DrmClient[] {
  const seen = new Set<string>()
  return clients.filter(({ driver, pdev, clientId }) => {
    if (clientId === null) return true
    const key = `${driver} ${pdev} ${clientId}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** `12`, `12 KiB`, `12 MiB` in bytes; null if it is not a size. */
export function parseDrmSize(text: string): number | null {
  const parts = /^(\d+)(?:\s+(KiB|MiB|GiB))?$/.exec(text)
  if (parts === null) return null
  const bytes = Number(parts[1]) * UNIT_BYTES[(parts[2] ?? 'B') as keyof typeof UNIT_BYTES]
  return Number.isSafeInteger(bytes) ? bytes : null
}

const UNIT_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** Best measure first; `drm-memory-` is the older name of resident memory. Drivers report at least one of them. */
const MEASURES = ['drm-resident-', 'drm-memory-', 'drm-total-'] as const
/** Regions on the card: amdgpu `vram`, xe `vram0`, i915 `local0`, `stolen-local0`. */
const CARD_REGION = /^(vram|local|stolen-local)\d*$/
/** System memory used by integrated GPUs: i915 `system0`, xe `system`, `gtt`, others `memory`. */
const SYSTEM_REGION = /^(system|stolen-system|stolen|gtt|memory|gart)\d*$/

/** Card memory if the device has any, else system memory; never the sum. */
function memoryOf(values: ReadonlyMap<string, string>, driver: string): Known<number> {
  const regions = new Map<string, number>()
  // Later, better measures overwrite earlier ones.
  for (const measure of MEASURES.toReversed()) {
    for (const [key, text] of values) {
      if (!key.startsWith(measure)) continue
      const bytes = parseDrmSize(text)
      if (bytes === null) return unknown(message('gpu.driver_odd', { driver, key, text }))
      regions.set(key.slice(measure.length), bytes)
    }
  }
  const sizesOf = (pattern: RegExp) =>
    [...regions].filter(([region]) => pattern.test(region)).map(([, bytes]) => bytes)
  const onCard = sizesOf(CARD_REGION)
  const sizes = onCard.length > 0 ? onCard : sizesOf(SYSTEM_REGION)
  if (sizes.length === 0) {
    return unknown(message('gpu.driver_no_memory', { driver }))
  }
  return known(sizes.reduce((sum, bytes) => sum + bytes, 0))
}
