/** Parses the output of macOS's system_profiler about GPUs; macos_reader.ts runs it. */
import { z } from 'zod'
import type { GpuDevice, GpuVendor } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import { deviceOf, known, quoted, unknown, type DeviceIdentity, type Known } from './value.ts'

export const PROFILER_ARGS = ['SPDisplaysDataType', '-json'] as const

const profilerSchema = z.object({
  SPDisplaysDataType: z.array(
    z.object({
      _name: z.string().optional(),
      sppci_model: z.string().optional(),
      spdisplays_vendor: z.string().optional(),
      spdisplays_vram: z.string().optional(),
      /** Maximum system memory of an integrated GPU, such as `1536 MB`. */
      spdisplays_vram_shared: z.string().optional(),
    }),
  ),
})
type Display = z.infer<typeof profilerSchema>['SPDisplaysDataType'][number]

/** For Apple silicon, where no part of the memory belongs to the GPU. */
export const UNIFIED_MEMORY_NOTE = message('gpu.unified')
const NO_LOAD_REASON = message('gpu.macos_load')

/** Throws SyntaxError or ZodError for unexpected output. */
export function parseProfiler(json: string): GpuDevice[] {
  const { SPDisplaysDataType: displays } = profilerSchema.parse(JSON.parse(json))
  return displays.map((display, index) => {
    const name = display.sppci_model ?? display._name
    const vendor = vendorOf(`${display.spdisplays_vendor ?? ''} ${name ?? ''}`)
    const { memory, total } = memoryOf(display, vendor)
    return deviceOf(
      { id: `display:${index}`, source: 'macos_profiler', vendor, memory },
      {
        name: name === undefined ? unknown(message('gpu.profiler_no_name')) : known(name),
        total_bytes: total,
        used_bytes: unknown(
          memory === 'unified' ? UNIFIED_MEMORY_NOTE : message('gpu.macos_memory'),
        ),
        utilization_percent: unknown(NO_LOAD_REASON),
        temperature_celsius: unknown(NO_LOAD_REASON),
      },
    )
  })
}

/** `8 GB`, `1536 MB` in bytes, in powers of 1024; null if it is not a size. */
export function parseProfilerSize(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)\s*(MB|GB)$/.exec(text.trim())
  if (parts === null) return null
  return Math.round(Number(parts[1]) * 1024 ** (parts[2] === 'GB' ? 3 : 2))
}

function memoryOf(
  display: Display,
  vendor: GpuVendor,
): { memory: DeviceIdentity['memory']; total: Known<number> } {
  // Apple GPUs have no dedicated memory, regardless of the fields.
  if (vendor === 'apple') return { memory: 'unified', total: unknown(UNIFIED_MEMORY_NOTE) }
  if (display.spdisplays_vram !== undefined) {
    return { memory: 'dedicated', total: sizeFigure(display.spdisplays_vram) }
  }
  if (display.spdisplays_vram_shared !== undefined) {
    return { memory: 'shared', total: sizeFigure(display.spdisplays_vram_shared) }
  }
  return { memory: 'unknown', total: unknown(message('gpu.profiler_no_memory')) }
}

function sizeFigure(text: string): Known<number> {
  const bytes = parseProfilerSize(text)
  return bytes === null
    ? unknown(message('gpu.profiler_odd', { text: quoted(text) }))
    : known(bytes)
}

/** The field contains `sppci_vendor_Apple`, `Intel`, `sppci_vendor_amd`, `AMD (0x1002)`, ... */
function vendorOf(words: string): GpuVendor {
  const lower = words.toLowerCase()
  if (/apple/.test(lower)) return 'apple'
  if (/\bamd|_amd|radeon/.test(lower)) return 'amd'
  if (/intel/.test(lower)) return 'intel'
  return /nvidia|geforce/.test(lower) ? 'nvidia' : 'other'
}
