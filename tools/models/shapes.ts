/** Conversions between TensorFlow's layouts (NHWC, HWIO) and ONNX's (NCHW, OIHW). */

export type Padding = 'SAME' | 'VALID'

/**
 * Zeros before and after one spatial axis, and the resulting length. TensorFlow's SAME adds the odd zero at the end
 * (bottom, right): symmetric padding would shift the picture by a pixel.
 */
export function padAxis(
  input: number,
  kernel: number,
  stride: number,
  padding: Padding,
): { before: number; after: number; output: number } {
  if (padding === 'VALID') {
    return { before: 0, after: 0, output: Math.floor((input - kernel) / stride) + 1 }
  }
  const output = Math.ceil(input / stride)
  const total = Math.max(0, (output - 1) * stride + kernel - input)
  const before = Math.floor(total / 2)
  return { before, after: total - before, output }
}

/** Transposes row-major `data`: axis `i` of the result is axis `order[i]` of the source. */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = rowMajorStrides(shape)
  const newShape = order.map((axis) => shape[axis] ?? 1)
  const steps = order.map((axis) => strides[axis] ?? 0)
  const result = new Float32Array(data.length)
  const index = newShape.map(() => 0)
  let source = 0
  for (let target = 0; target < result.length; target++) {
    result[target] = data[source] ?? 0
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1
      source += steps[axis] ?? 0
      if (next < (newShape[axis] ?? 1)) {
        index[axis] = next
        break
      }
      index[axis] = 0
      source -= next * (steps[axis] ?? 0)
    }
  }
  return result
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1)
  }
  return strides
}

/** Convolution kernel [H, W, Cin, Cout] to [Cout, Cin, H, W]. */
export const kernelToOihw = (data: Float32Array, shape: readonly number[]) =>
  permute(data, shape, [3, 2, 0, 1])

/** Depthwise kernel [H, W, C, M] to [C*M, 1, H, W]: TensorFlow's output channel is c*M + m. */
export const depthwiseKernelToOihw = (data: Float32Array, shape: readonly number[]) =>
  permute(data, shape, [2, 3, 0, 1])

export const NCHW_AXIS_OF_NHWC = [0, 2, 3, 1] as const
