/** A value that is known, or unknown for a reason, and how a device is made of such values. Reads nothing. */
import type {
  GpuDevice,
  GpuFigureName,
  GpuMemoryKind,
  GpuProcess,
  GpuSourceName,
  GpuVendor,
} from '../../protocol/gpu.ts'

export type Known<T> = { value: T } | { reason: string }

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
export const unknown = (reason: string): { reason: string } => ({ reason })

/** `value` made into something else; a reason stays as it is. `convert` may find that the value is none. */
export function mapKnown<A, B>(value: Known<A>, convert: (value: A) => Known<B>): Known<B> {
  return 'value' in value ? convert(value.value) : value
}

/** A value in decimal digits, times `factor`; anything else is unknown, with the text quoted. */
export function knownNumber(text: string, teller: string, factor = 1): Known<number> {
  const trimmed = text.trim()
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return known(Number(trimmed) * factor)
  return unknown(`${teller} answers ${trimmed === '' ? 'nothing' : quoted(trimmed)}`)
}

/** A share in percent; what lies outside 0 to 100 is refused rather than cut. */
export function knownPercent(value: Known<number>, teller: string): Known<number> {
  return mapKnown(value, (value) =>
    value >= 0 && value <= 100 ? known(value) : unknown(`${teller} answers ${value} percent`),
  )
}

/** Memory in bytes; negative values are refused. */
export function knownBytes(value: Known<number>, teller: string): Known<number> {
  return mapKnown(value, (value) =>
    value >= 0 ? known(value) : unknown(`${teller} answers ${value} bytes`),
  )
}

/** The device as the panel shows it: null and a reason for each unknown value. */
export function deviceOf(identity: DeviceIdentity, values: DeviceValues): GpuDevice {
  const reasons: Partial<Record<GpuFigureName, string>> = {}
  const take = <T>(key: GpuFigureName, value: Known<T>): T | null => {
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

/** A row of a process: its bytes, or null and the reason. */
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

/** The sum; unknown, with the first reason, as soon as one part is. */
export function sumKnown(parts: readonly Known<number>[]): Known<number> {
  return parts.reduce<Known<number>>(
    (sum, part) => mapKnown(sum, (a) => mapKnown(part, (b) => known(a + b))),
    known(0),
  )
}

/** PCI's number of a maker, as in `/sys/.../vendor` and the registry of Windows (source: the PCI ID repository). */
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
/** Text of another program, cut to a length that a sentence bears. */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}...` : text,
  )
}
