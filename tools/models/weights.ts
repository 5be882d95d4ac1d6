/** Reads weight files of TensorFlow.js: a manifest row per tensor, concatenated in one binary. */
import { z } from 'zod'

/** `float32` or `int32` values, row-major in `shape`, in TensorFlow's layout (NHWC, HWIO). */
export interface WeightTensor {
  shape: readonly number[]
  data: Float32Array | Int32Array
}

export type Weights = ReadonlyMap<string, WeightTensor>

const quantizationSchema = z.discriminatedUnion('dtype', [
  z.object({ dtype: z.literal('uint8'), scale: z.number(), min: z.number() }),
  z.object({ dtype: z.literal('float16') }),
])

const entrySchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int()),
  dtype: z.enum(['float32', 'int32']),
  quantization: quantizationSchema.optional(),
})
type Entry = z.infer<typeof entrySchema>

export const manifestSchema = z.array(
  z.object({ paths: z.array(z.string()).length(1), weights: z.array(entrySchema) }),
)
export type Manifest = z.infer<typeof manifestSchema>

/** Dequantized tensors of a manifest group. Throws when the binary's length does not match the rows. */
export function decodeWeights(entries: readonly Entry[], binary: Uint8Array): Weights {
  const weights = new Map<string, WeightTensor>()
  const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength)
  let offset = 0
  for (const entry of entries) {
    const count = entry.shape.reduce((product, size) => product * size, 1)
    const end = offset + count * bytesPerValue(entry)
    if (end > binary.byteLength) {
      throw new Error(
        `weight "${entry.name}" ends at byte ${end}, but the file has ${binary.byteLength} bytes; it is cut off`,
      )
    }
    weights.set(entry.name, { shape: entry.shape, data: decodeValues(entry, view, offset, count) })
    offset = end
  }
  if (offset !== binary.byteLength) {
    throw new Error(
      `the weight file has ${binary.byteLength} bytes, its manifest describes ${offset}`,
    )
  }
  return weights
}

function bytesPerValue(entry: Entry): number {
  switch (entry.quantization?.dtype) {
    case 'uint8':
      return 1
    case 'float16':
      return 2
    case undefined:
      return 4
  }
}

function decodeValues(
  { dtype, quantization }: Entry,
  view: DataView,
  offset: number,
  count: number,
): Float32Array | Int32Array {
  if (dtype === 'int32') {
    return Int32Array.from({ length: count }, (_, index) => view.getInt32(offset + 4 * index, true))
  }
  const readValue = (index: number): number => {
    switch (quantization?.dtype) {
      case 'uint8':
        return view.getUint8(offset + index) * quantization.scale + quantization.min
      case 'float16':
        return float16ToNumber(view.getUint16(offset + 2 * index, true))
      case undefined:
        return view.getFloat32(offset + 4 * index, true)
    }
  }
  return Float32Array.from({ length: count }, (_, index) => readValue(index))
}

/** IEEE 754 binary16 from its 16 bits. Node 20 has no Float16Array. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
