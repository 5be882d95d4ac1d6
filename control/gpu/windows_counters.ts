/** The PowerShell script that reads Windows' GPU counters, and the parser of its output; windows_reader.ts runs it. */
import { z } from 'zod'
import type { GpuDevice, GpuMemoryKind, GpuProcess } from '../../protocol/gpu.ts'
import { message } from '../../protocol/messages.ts'
import { deviceOf, known, processRow, unknown, vendorOfPciId, type Known } from './value.ts'

/**
 * Reads `GPU Adapter Memory`, `GPU Process Memory` and `GPU Engine` as CIM classes: unlike Get-Counter's paths, their
 * names are not localized. Adapters come from DXGI's registry key, which has their LUID; those of earlier boots have
 * another LastSeen. 64-bit numbers are passed as text. Without a console the encoding cannot be set, which only affects
 * names. Uses only single quotes, so that it needs no escaping on a command line.
 */
export const WINDOWS_SCRIPT = `
$ErrorActionPreference = 'Stop'
try { [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false } catch { }
try {
  $class = 'Win32_PerfFormattedData_GPUPerformanceCounters_GPU'
  $key = 'HKLM:\\SOFTWARE\\Microsoft\\DirectX'
  $root = Get-ItemProperty $key -ErrorAction SilentlyContinue
  $adapters = @(Get-ChildItem $key -ErrorAction SilentlyContinue | ForEach-Object {
    $entry = Get-ItemProperty $_.PSPath
    if ($null -ne $entry.AdapterLuid -and ($null -eq $root.LastSeen -or $entry.LastSeen -eq $root.LastSeen)) {
      [pscustomobject]@{ luid = [string]$entry.AdapterLuid; name = [string]$entry.Description
        vendor_id = $entry.VendorId; dedicated_bytes = [string]$entry.DedicatedVideoMemory
        shared_bytes = [string]$entry.SharedSystemMemory }
    }
  })
  $memory = {
    [pscustomobject]@{ name = $_.Name; dedicated_bytes = [string]$_.DedicatedUsage; shared_bytes = [string]$_.SharedUsage }
  }
  $engines = 'SELECT Name, UtilizationPercentage FROM ' + $class + 'Engine WHERE UtilizationPercentage > 0'
  [pscustomobject]@{
    adapters = $adapters
    controllers = @(Get-CimInstance Win32_VideoController | ForEach-Object {
      [pscustomobject]@{ name = $_.Name }
    })
    adapter_memory = @(Get-CimInstance ($class + 'AdapterMemory') | ForEach-Object $memory)
    process_memory = @(Get-CimInstance ($class + 'ProcessMemory') | ForEach-Object $memory)
    engines = @(Get-CimInstance -Query $engines | ForEach-Object {
      [pscustomobject]@{ name = $_.Name; percent = $_.UtilizationPercentage }
    })
  } | ConvertTo-Json -Depth 4 -Compress
} catch {
  [Console]::Error.WriteLine($_.Exception.Message)
  exit 1
}`

const sizeSchema = z.string().regex(/^\d+$/).transform(Number).nullable().catch(null)
const memorySchema = z.object({
  name: z.string(),
  dedicated_bytes: sizeSchema,
  shared_bytes: sizeSchema,
})
const countersSchema = z.object({
  adapters: z.array(
    z.object({
      /** The registry's unsigned number, as PowerShell's signed one. */
      luid: z.string().regex(/^-?\d+$/),
      name: z.string(),
      vendor_id: z.number().nullable(),
      dedicated_bytes: sizeSchema,
      shared_bytes: sizeSchema,
    }),
  ),
  controllers: z.array(z.object({ name: z.string().nullable() })),
  adapter_memory: z.array(memorySchema),
  process_memory: z.array(memorySchema),
  engines: z.array(z.object({ name: z.string(), percent: z.number() })),
})
type Counters = z.infer<typeof countersSchema>
type MemoryCounter = z.infer<typeof memorySchema>

export interface WindowsReading {
  devices: readonly GpuDevice[]
  /** Complete: Windows counts each process that has a GPU open. Omits those with 0 bytes. */
  processes: readonly GpuProcess[]
}

/** Throws SyntaxError or ZodError for unexpected output. */
export function parseWindowsCounters(json: string): WindowsReading {
  const counters = countersSchema.parse(JSON.parse(json))
  const adapters = adaptersOf(counters)
  const kinds = new Map(adapters.map(({ id, kind }) => [id, kind]))
  return {
    devices: adapters.map((adapter) => describeAdapter(adapter, counters)),
    processes: processesOf(counters.process_memory, kinds),
  }
}

/** `luid_0x00000000_0x0000d1a5` of an instance name such as `pid_1234_luid_0x00000000_0x0000D1A5_phys_0_eng_3_engtype_3D`. */
export function luidOfInstance(name: string): string | null {
  return /(?:^|_)(luid_0x[0-9a-f]{8}_0x[0-9a-f]{8})(?:_|$)/i.exec(name)?.[1]?.toLowerCase() ?? null
}

/** From the registry's 64-bit number: high part before low part (source: LUID of winnt.h). */
export function luidOfNumber(decimal: string): string {
  const hex = BigInt.asUintN(64, BigInt(decimal)).toString(16).padStart(16, '0')
  return `luid_0x${hex.slice(0, 8)}_0x${hex.slice(8)}`
}

interface Adapter {
  id: string
  name: Known<string>
  total: Known<number>
  vendorId: number | null
  kind: GpuMemoryKind
}

/** Microsoft's adapters render in software or for remote desktops (source: PCI ID 1414; DXGI_ADAPTER_FLAG_SOFTWARE). */
const MICROSOFT = 0x1414
/** Up to this much dedicated memory (Intel 128 MiB, AMD usually 512) a GPU is integrated and works in shared memory. */
const INTEGRATED_BYTES_MAX = 512 * 1024 * 1024

function adaptersOf(counters: Counters): Adapter[] {
  const entries = new Map(counters.adapters.map((entry) => [luidOfNumber(entry.luid), entry]))
  const ids = new Set(counters.adapter_memory.flatMap(({ name }) => luidOfInstance(name) ?? []))
  return [...ids].flatMap((id) => {
    const entry = entries.get(id)
    if (entry === undefined) return ids.size === 1 ? [onlyController(id, counters)] : [nameless(id)]
    if (entry.vendor_id === MICROSOFT) return []
    const isIntegrated =
      entry.dedicated_bytes !== null && entry.dedicated_bytes <= INTEGRATED_BYTES_MAX
    const bytes = isIntegrated
      ? addSizes(entry.dedicated_bytes, entry.shared_bytes)
      : entry.dedicated_bytes
    return [
      {
        id,
        name: known(entry.name),
        total: bytes === null ? unknown(message('gpu.registry_no_memory')) : known(bytes),
        vendorId: entry.vendor_id,
        kind: entry.dedicated_bytes === null ? 'unknown' : isIntegrated ? 'shared' : 'dedicated',
      } satisfies Adapter,
    ]
  })
}

const nameless = (id: string): Adapter => ({
  id,
  name: unknown(message('gpu.registry_no_adapter', { id })),
  total: unknown(message('gpu.registry_no_adapter', { id })),
  vendorId: null,
  kind: 'unknown',
})

/** Without the registry, a name is only unambiguous with one adapter. AdapterRAM has 32 bits and wraps from 4 GiB on. */
function onlyController(id: string, { controllers }: Counters): Adapter {
  const name = controllers.length === 1 ? controllers[0]?.name : undefined
  return typeof name === 'string' ? { ...nameless(id), name: known(name) } : nameless(id)
}

function describeAdapter(
  { id, name, total, vendorId, kind }: Adapter,
  counters: Counters,
): GpuDevice {
  const used = counters.adapter_memory
    .filter((counter) => luidOfInstance(counter.name) === id)
    .map((counter) => usageOf(counter, kind))
    .reduce(addSizes, 0)
  return deviceOf(
    {
      id,
      source: 'windows_counters',
      vendor: vendorId === null ? 'other' : vendorOfPciId(vendorId),
      memory: kind,
    },
    {
      name,
      total_bytes: total,
      used_bytes: used === null ? unknown(message('gpu.windows_memory')) : known(used),
      utilization_percent: known(busiestEngine(id, counters)),
      temperature_celsius: unknown(message('gpu.windows_temperature')),
    },
  )
}

/**
 * As in Task Manager: the sum over processes per engine, then the busiest engine (source: "GPUs in the task manager",
 * DirectX Developer Blog). Idle engines are omitted. Sums of rounded values may exceed 100.
 */
function busiestEngine(id: string, { engines }: Counters): number {
  const sums = new Map<string, number>()
  for (const { name, percent } of engines) {
    if (luidOfInstance(name) !== id) continue
    const engine = name.replace(/^pid_\d+_/, '')
    sums.set(engine, (sums.get(engine) ?? 0) + percent)
  }
  return Math.min(100, Math.max(0, ...sums.values()))
}

function processesOf(
  counters: readonly MemoryCounter[],
  kinds: ReadonlyMap<string, GpuMemoryKind>,
): GpuProcess[] {
  const sums = new Map<string, { pid: number; id: string; bytes: number | null }>()
  for (const counter of counters) {
    const pid = Number(/^pid_(\d+)_/.exec(counter.name)?.[1])
    const id = luidOfInstance(counter.name)
    const kind = id === null ? undefined : kinds.get(id)
    // Windows counts what it cannot attribute under process 0.
    if (id === null || kind === undefined || !(pid > 0)) continue
    const key = `${pid} ${id}`
    const before = sums.get(key)?.bytes
    sums.set(key, {
      pid,
      id,
      bytes: addSizes(before === undefined ? 0 : before, usageOf(counter, kind)),
    })
  }
  return [...sums.values()].flatMap(({ pid, id, bytes }) => {
    if (bytes === 0) return []
    const value = bytes === null ? unknown(message('gpu.windows_process', { pid })) : known(bytes)
    return [processRow('windows_counters', pid, [id], value)]
  })
}

/** Shared memory only counts for an integrated GPU; otherwise it is system memory. */
function usageOf(counter: MemoryCounter, kind: GpuMemoryKind): number | null {
  return kind === 'shared'
    ? addSizes(counter.dedicated_bytes, counter.shared_bytes)
    : counter.dedicated_bytes
}

const addSizes = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b
