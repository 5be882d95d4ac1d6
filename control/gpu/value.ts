/** A known value, or the reason why it is unknown, and a device built from such values. */
import { message, type Message } from '../../protocol/messages.ts'
import type {
  GpuDevice,
  GpuValueName,
  GpuMemoryKind,
  GpuProcess,
  GpuSourceName,
  GpuVendor,
} from '../../protocol/gpu.ts'

export type Known<T> = { value: T } | { reason: Message }

export interface DeviceValues {
  name: Known<string>
  total_bytes: Known<number>
  used_bytes: Known<number>
  utilization_percent: Known<number>
  temperature_celsius: Known<number>
}

export interface DeviceIdentity {
  id: string
  source: GpuSourceName
  vendor: GpuVendor
  memory: GpuMemoryKind
}

export const known = <T>(value: T): Known<T> => ({ value })
export const unknown = (reason: Message): { reason: Message } => ({ reason })

/** Maps a known value; keeps a reason. `convert` may return a reason too. */
export function mapKnown<A, B>(value: Known<A>, convert: (value: A) => Known<B>): Known<B> {
  return 'value' in value ? convert(value.value) : value
}

/** Parses decimal digits and multiplies by `factor`; quotes any other text in the reason. */
export function knownNumber(text: string, source: string, factor = 1): Known<number> {
  const trimmed = text.trim()
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return known(Number(trimmed) * factor)
  return unknown(
    trimmed === ''
      ? message('gpu.answers_nothing', { source })
      : message('gpu.answers', { source, text: quoted(trimmed) }),
  )
}

/** A percentage; rejects values outside 0 to 100 instead of clamping. */
export function knownPercent(value: Known<number>, source: string): Known<number> {
  return mapKnown(value, (value) =>
    value >= 0 && value <= 100
      ? known(value)
      : unknown(message('gpu.answers_percent', { source, value })),
  )
}

/** Rejects negative values. */
export function knownBytes(value: Known<number>, source: string): Known<number> {
  return mapKnown(value, (value) =>
    value >= 0 ? known(value) : unknown(message('gpu.answers_bytes', { source, value })),
  )
}

/** As shown in the panel: null and a reason for each unknown value. */
export function deviceOf(identity: DeviceIdentity, values: DeviceValues): GpuDevice {
  const reasons: GpuDevice['reasons'] = {}
  const take = <T>(key: GpuValueName, value: Known<T>): T | null => {
    if ('value' in value) return value.value
    reasons[key] = value.reason
    return null
  }
  return {
    ...identity,
    name: take('name', values.name),
    total_bytes: take('total_bytes', values.total_bytes),
    used_bytes: take('used_bytes', values.used_bytes),
    utilization_percent: take('utilization_percent', values.utilization_percent),
    temperature_celsius: take('temperature_celsius', values.temperature_celsius),
    reasons,
  }
}

export function processRow(
  source: GpuSourceName,
  pid: number,
  deviceIds: readonly string[],
  bytes: Known<number>,
): GpuProcess {
  const row = { pid, source, device_ids: [...deviceIds] }
  return 'value' in bytes
    ? { ...row, bytes: bytes.value, reason: null }
    : { ...row, bytes: null, reason: bytes.reason }
}

export function sumKnown(parts: readonly Known<number>[]): Known<number> {
  return parts.reduce<Known<number>>(
    (sum, part) => mapKnown(sum, (a) => mapKnown(part, (b) => known(a + b))),
    known(0),
  )
}

/** PCI vendor id, as in `/sys/.../vendor` and the Windows registry (source: the PCI ID repository). */
export function vendorOfPciId(vendorId: number): GpuVendor {
  return PCI_VENDORS[vendorId] ?? 'other'
}

const PCI_VENDORS: Readonly<Record<number, GpuVendor>> = {
  0x10de: 'nvidia',
  0x1002: 'amd',
  0x8086: 'intel',
  0x106b: 'apple',
}

const QUOTED_LENGTH_MAX = 160
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}...` : text,
  )
}
