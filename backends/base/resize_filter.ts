/** Resize filters with the results of the libraries that models were trained with, as weights for the picture kernel. */
import type { ResizeFilter } from '../../protocol/onnx_config.ts'

/** One axis of a resize. Output position i is the sum of `weights[i * taps + t] / 2^bits` times input `starts[i] + t`. */
export interface AxisWeights {
  /** `starts[i] + taps` exceeds the input by at most 1. */
  starts: Int32Array
  /** An even number; unused ones have weight 0. */
  taps: number
  weights: Int16Array
  bits: number
}

/** The sum of blended bytes has to fit into 32 bits, and these bytes may have 6 fractional bits. */
const BITS_MAX = 16

const TRIANGLE = { support: 1, at: (x: number) => Math.max(0, 1 - Math.abs(x)) }
/** Pillow's filters (src/libImaging/Resample.c): half width at scale 1, and the curve. Bicubic has a = -0.5. */
const CURVES: Record<ResizeFilter, { support: number; at: (x: number) => number }> = {
  linear: TRIANGLE,
  bilinear: TRIANGLE,
  bicubic: { support: 2, at: cubic },
  lanczos: { support: 3, at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
  nearest: { support: 0.5, at: () => 1 },
}

/** Whether a result may exceed the range of its inputs, so that the order of the two directions matters. */
export const overshoots = (filter: ResizeFilter) => filter === 'bicubic' || filter === 'lanczos'

/** Weights from `input` to `output` positions. */
export function axisWeights(filter: ResizeFilter, input: number, output: number): AxisWeights {
  const { support, at } = CURVES[filter]
  const step = input / output
  const isWidened = filter !== 'linear' && filter !== 'nearest'
  const stretch = isWidened ? Math.max(1, step) : 1
  const rows = Array.from({ length: output }, (_, index) => {
    const centre = (index + 0.5) * step
    if (filter === 'nearest') return { start: Math.min(input - 1, Math.floor(centre)), values: [1] }
    const start = Math.max(0, Math.floor(centre - support * stretch + 0.5))
    const end = Math.min(input, Math.floor(centre + support * stretch + 0.5))
    const values = Array.from({ length: Math.max(1, end - start) }, (_, tap) =>
      at((start + tap + 0.5 - centre) / stretch),
    )
    return { start: Math.min(start, input - 1), values: normalised(values) }
  })
  const highest = Math.max(...rows.map(({ values }) => Math.max(...values)))
  const bits = Math.min(BITS_MAX, 14 - Math.ceil(Math.log2(highest)))
  const longest = Math.max(...rows.map(({ values }) => values.length))
  const taps = longest + (longest % 2)
  const weights = new Int16Array(output * taps)
  const starts = new Int32Array(output)
  for (const [index, { start, values }] of rows.entries()) {
    // Unused taps would read beyond the last input.
    const early = Math.max(0, Math.min(start, input - taps))
    starts[index] = early
    weights.set(fixedPoint(values, bits), index * taps + start - early)
  }
  return { starts, taps, weights, bits }
}

function normalised(values: readonly number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0)
  return total === 0 ? [1] : values.map((value) => value / total)
}

/** Sums to exactly 1, so that an even area keeps its value; the largest weight takes the rounding. */
function fixedPoint(values: readonly number[], bits: number): number[] {
  const fixed = values.map((value) => Math.round(value * 2 ** bits))
  const largest = fixed.indexOf(Math.max(...fixed))
  const rest = 2 ** bits - fixed.reduce((sum, value) => sum + value, 0)
  return fixed.map((value, index) => (index === largest ? value + rest : value))
}

function cubic(x: number): number {
  const [a, t] = [-0.5, Math.abs(x)]
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
