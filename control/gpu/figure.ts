/** A figure that is known, or unknown for a reason, and how a device is made of such figures. Reads nothing. */
import type {
  GpuDevice,
  GpuFigureName,
  GpuMemoryKind,
  GpuProcess,
  GpuSourceName,
  GpuVendor,
} from '../../protocol/gpu.ts'

export type Figure<T> = { value: T } | { reason: string }

export interface DeviceFigures {
  name: Figure<string>
  total_bytes: Figure<number>
  used_bytes: Figure<number>
  utilization_percent: Figure<number>
  temperature_celsius: Figure<number>
}

export interface DeviceIdentity {
  id: string
  source: GpuSourceName
  vendor: GpuVendor
  memory: GpuMemoryKind
}

export const known = <T>(value: T): Figure<T> => ({ value })
export const unknown = (reason: string): { reason: string } => ({ reason })

/** `value` made into something else; a reason stays as it is. `convert` may find that the value is none. */
export function mapFigure<A, B>(figure: Figure<A>, convert: (value: A) => Figure<B>): Figure<B> {
  return 'value' in figure ? convert(figure.value) : figure
}

/** A figure in decimal digits, times `factor`; anything else is unknown, with the text quoted. */
export function numberFigure(text: string, teller: string, factor = 1): Figure<number> {
  const trimmed = text.trim()
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return known(Number(trimmed) * factor)
  return unknown(`${teller} answers ${trimmed === '' ? 'nothing' : quoted(trimmed)}`)
}

/** A share in percent; what lies outside 0 to 100 is refused rather than cut. */
export function percentFigure(figure: Figure<number>, teller: string): Figure<number> {
  return mapFigure(figure, (value) =>
    value >= 0 && value <= 100 ? known(value) : unknown(`${teller} answers ${value} percent`),
  )
}

/** Memory in bytes; negative figures are refused. */
export function bytesFigure(figure: Figure<number>, teller: string): Figure<number> {
  return mapFigure(figure, (value) =>
    value >= 0 ? known(value) : unknown(`${teller} answers ${value} bytes`),
  )
}

/** The device as it is told to the panel: null and a reason for each figure that is unknown. */
export function deviceOf(identity: DeviceIdentity, figures: DeviceFigures): GpuDevice {
  const reasons: Partial<Record<GpuFigureName, string>> = {}
  const take = <T>(key: GpuFigureName, figure: Figure<T>): T | null => {
    if ('value' in figure) return figure.value
    reasons[key] = figure.reason
    return null
  }
  return {
    ...identity,
    name: take('name', figures.name),
    total_bytes: take('total_bytes', figures.total_bytes),
    used_bytes: take('used_bytes', figures.used_bytes),
    utilization_percent: take('utilization_percent', figures.utilization_percent),
    temperature_celsius: take('temperature_celsius', figures.temperature_celsius),
    reasons,
  }
}

/** A row of a process: its bytes, or null and the reason. */
export function processRow(
  source: GpuSourceName,
  pid: number,
  deviceIds: readonly string[],
  bytes: Figure<number>,
): GpuProcess {
  const row = { pid, source, device_ids: [...deviceIds] }
  return 'value' in bytes
    ? { ...row, bytes: bytes.value, reason: null }
    : { ...row, bytes: null, reason: bytes.reason }
}

/** The sum; unknown, with the first reason, as soon as one part is. */
export function sumFigures(parts: readonly Figure<number>[]): Figure<number> {
  return parts.reduce<Figure<number>>(
    (sum, part) => mapFigure(sum, (a) => mapFigure(part, (b) => known(a + b))),
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
