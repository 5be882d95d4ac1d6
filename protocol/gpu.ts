import { z } from 'zod'
import { messageSchema } from './messages.ts'

export const GPU_SOURCES = [
  'nvidia_smi',
  'drm_sysfs',
  'drm_fdinfo',
  'windows_counters',
  'macos_profiler',
] as const
export type GpuSourceName = (typeof GPU_SOURCES)[number]

export const GPU_VENDORS = ['nvidia', 'amd', 'intel', 'apple', 'other'] as const
export type GpuVendor = (typeof GPU_VENDORS)[number]

/** `shared`: part of the machine's memory (integrated GPUs). `unified`: CPU and GPU use one memory (Apple). */
export const GPU_MEMORY_KINDS = ['dedicated', 'shared', 'unified', 'unknown'] as const
export type GpuMemoryKind = (typeof GPU_MEMORY_KINDS)[number]

export const GPU_VALUES = [
  'name',
  'total_bytes',
  'used_bytes',
  'utilization_percent',
  'temperature_celsius',
] as const
export type GpuValueName = (typeof GPU_VALUES)[number]

const bytesSchema = z.number().nonnegative()

export const gpuDeviceSchema = z
  .object({
    /** Stable while the machine runs: `pci:0000:01:00.0`, `luid_0x00000000_0x0000d1a5`, `drm:card0`, `display:0`. */
    id: z.string(),
    source: z.enum(GPU_SOURCES),
    vendor: z.enum(GPU_VENDORS),
    memory: z.enum(GPU_MEMORY_KINDS),
    name: z.string().nullable(),
    total_bytes: bytesSchema.nullable(),
    used_bytes: bytesSchema.nullable(),
    /** Share of time with any activity, not the share of busy units. */
    utilization_percent: z.number().min(0).max(100).nullable(),
    temperature_celsius: z.number().nullable(),
    reasons: z.partialRecord(z.enum(GPU_VALUES), messageSchema),
  })
  .refine((device) => GPU_VALUES.every((key) => (device[key] === null) === key in device.reasons), {
    message: 'each null value needs a reason, and no other value has one',
  })
export type GpuDevice = z.infer<typeof gpuDeviceSchema>

/** Memory of one process on some devices. Rows of one process add up without overlap. */
export const gpuProcessSchema = z
  .object({
    pid: z.number().int().positive(),
    source: z.enum(GPU_SOURCES),
    /** Empty if the process uses none of the source's devices. */
    device_ids: z.array(z.string()),
    bytes: bytesSchema.nullable(),
    reason: messageSchema.nullable(),
  })
  .refine((row) => (row.bytes === null) === (row.reason !== null), {
    message: 'bytes that are null need a reason, and no others have one',
  })
export type GpuProcess = z.infer<typeof gpuProcessSchema>

/**
 * A process without a row: `all` = it uses nothing, `some`, `unknown` = unknown, `none` = no usable GPU, or another
 * source.
 */
export const GPU_LISTINGS = ['all', 'some', 'unknown', 'none'] as const
export type GpuListing = (typeof GPU_LISTINGS)[number]

export const gpuSourceSchema = z.object({
  source: z.enum(GPU_SOURCES),
  ok: z.boolean(),
  reason: messageSchema.nullable(),
  processes: z.enum(GPU_LISTINGS),
  /** Why a missing process is unknown; null for `all` and `none`. */
  processes_reason: messageSchema.nullable(),
})
export type GpuSource = z.infer<typeof gpuSourceSchema>

export const gpuReadingSchema = z.object({
  time: z.number(),
  devices: z.array(gpuDeviceSchema),
  processes: z.array(gpuProcessSchema),
  sources: z.array(gpuSourceSchema),
  /** A message if CPU and GPU share one memory; otherwise null. */
  unified_memory: messageSchema.nullable(),
  /** Why `devices` is empty; null if it is not. */
  no_gpu_reason: messageSchema.nullable(),
})
export type GpuReading = z.infer<typeof gpuReadingSchema>
