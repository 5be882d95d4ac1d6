import { LRUCache } from 'lru-cache'
import type { ImageLayout, PixelSize, RawImage } from './image_layout.ts'
import { aligned, KERNEL_BASE, KERNEL_SLACK, type PictureKernel } from './picture_kernel.ts'
import type { ResizeFilter } from '../../protocol/onnx_config.ts'
import { axisWeights, overshoots, type AxisWeights } from './resize_filter.ts'

export interface ScaleOptions {
  /** For the upright picture. */
  layout: ImageLayout
  /** How the picture is stored (EXIF 2.32, tag Orientation): 1 upright to 8. */
  orientation: number
  filter: ResizeFilter
  background: { r: number; g: number; b: number }
}

/** Rows of a picture outside of the kernel's memory are copied in parts that the processor's cache still holds. */
const PART_BYTES = 256 * 1024

/**
 * Crops, resizes, turns and pads in one pass: RGB of `layout.size`. `picture.pixels` may be the kernel's own memory from
 * KERNEL_BASE.
 */
export function scalePicture(
  kernel: PictureKernel,
  { pixels, width, height }: RawImage,
  { layout, orientation, filter, background }: ScaleOptions,
): Uint8Array {
  const { size, source, target } = layout
  const isInside = pixels.buffer === kernel.run.memory.buffer
  if (orientation === 1 && [source, target, size].every((one) => isSize(one, { width, height }))) {
    return isInside ? pixels.slice() : pixels
  }
  const isTurned = orientation >= 5
  const flipsX = [2, 3, 6, 7].includes(orientation)
  const flipsY = [3, 4, 7, 8].includes(orientation)
  const region = storedRegion(layout, { width, height }, { isTurned, flipsX, flipsY })
  const columns = weightsOf(filter, region.width, isTurned ? target.height : target.width)
  const rows = weightsOf(filter, region.height, isTurned ? target.width : target.height)

  const stride = width * 3
  const lineBytes = columns.starts.length * 3
  const parts = isInside ? [{ from: 0, to: rows.starts.length }] : partsOf(rows, stride)
  const partRows = Math.max(...parts.map(rowsOf(rows)))
  const heldRows = isInside ? region.top + region.height : partRows
  const columnsAt = aligned(KERNEL_BASE + (heldRows + 1) * stride + KERNEL_SLACK)
  const rowsAt = aligned(columnsAt + tableBytes(columns))
  const scratchAt = aligned(rowsAt + tableBytes(rows))
  const blendedBytes = overshoots(filter) ? partRows * lineBytes : region.width * 6
  const outputAt = aligned(scratchAt + lineBytes + blendedBytes + 2 * KERNEL_SLACK)
  const outputBytes = size.width * size.height * 3
  kernel.reserve(outputAt + outputBytes)

  writeTable(kernel, columnsAt, columns)
  writeTable(kernel, rowsAt, rows)
  const output = kernel.bytes(outputAt, outputBytes)
  if (target.width !== size.width || target.height !== size.height) paint(output, background)
  const [alongX, alongY] = [flipsX ? -3 : 3, (flipsY ? -3 : 3) * size.width]
  const left = target.left + (flipsX ? target.width - 1 : 0)
  const top = target.top + (flipsY ? target.height - 1 : 0)
  for (const { from, to } of parts) {
    const firstRow = isInside ? 0 : (rows.starts[from] ?? 0)
    const begin = (region.top + firstRow) * stride
    if (!isInside) {
      const end = begin + rowsOf(rows)({ from, to }) * stride
      kernel.bytes(KERNEL_BASE, heldRows * stride).set(pixels.subarray(begin, end))
    }
    kernel.run.resize(
      KERNEL_BASE + (isInside ? begin : 0) + region.left * 3,
      stride,
      region.width * 3,
      firstRow,
      columnsAt,
      columns.starts.length,
      columns.taps,
      columns.bits,
      rowsAt,
      rows.starts.length,
      rows.taps,
      rows.bits,
      from,
      to,
      overshoots(filter),
      scratchAt,
      outputAt + (top * size.width + left) * 3,
      isTurned ? alongY : alongX,
      isTurned ? alongX : alongY,
    )
  }
  return output.slice()
}

const isSize = (one: PixelSize, { width, height }: PixelSize) =>
  one.width === width && one.height === height

interface Turn {
  isTurned: boolean
  flipsX: boolean
  flipsY: boolean
}

/** `layout.source` in the pixels as they are stored. */
function storedRegion(
  { source }: ImageLayout,
  stored: PixelSize,
  { isTurned, flipsX, flipsY }: Turn,
) {
  const [width, height] = isTurned ? [stored.height, stored.width] : [stored.width, stored.height]
  const left = flipsX ? width - source.left - source.width : source.left
  const top = flipsY ? height - source.top - source.height : source.top
  return isTurned
    ? { left: top, top: left, width: source.height, height: source.width }
    : { left, top, width: source.width, height: source.height }
}

/** Output rows whose input rows together fit into PART_BYTES; at least one. */
function partsOf(rows: AxisWeights, stride: number): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = []
  for (let from = 0; from < rows.starts.length;) {
    let to = from + 1
    const fits = (end: number) => rowsOf(rows)({ from, to: end }) * stride <= PART_BYTES
    while (to < rows.starts.length && fits(to + 1)) to++
    parts.push({ from, to })
    from = to
  }
  return parts
}

const rowsOf =
  ({ starts, taps }: AxisWeights) =>
  ({ from, to }: { from: number; to: number }) =>
    (starts[to - 1] ?? 0) - (starts[from] ?? 0) + taps

const tables = new LRUCache<string, AxisWeights>({ max: 64 })

function weightsOf(filter: ResizeFilter, input: number, output: number): AxisWeights {
  const key = `${filter} ${input} ${output}`
  const known = tables.get(key)
  if (known !== undefined) return known
  const made = axisWeights(filter, input, output)
  tables.set(key, made)
  return made
}

const tableBytes = ({ starts, weights }: AxisWeights) => starts.byteLength + weights.byteLength

function writeTable(kernel: PictureKernel, at: number, { starts, weights }: AxisWeights): void {
  const { buffer } = kernel.run.memory
  new Int32Array(buffer, at, starts.length).set(starts)
  new Int16Array(buffer, at + starts.byteLength, weights.length).set(weights)
}

function paint(pixels: Uint8Array, { r, g, b }: ScaleOptions['background']): void {
  if (r === g && g === b) {
    pixels.fill(r)
    return
  }
  for (let at = 0; at < pixels.length; at += 3) pixels.set([r, g, b], at)
}
