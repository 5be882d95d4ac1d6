import { describe, expect, test } from 'vitest'
import { depthwiseKernelToOihw, kernelToOihw, padAxis, permute } from './shapes.ts'

describe('padAxis', () => {
  test.each([
    {
      what: 'an odd zero goes behind',
      input: 256,
      kernel: 5,
      stride: 2,
      before: 1,
      after: 2,
      output: 128,
    },
    {
      what: 'stride 1 keeps the length',
      input: 7,
      kernel: 3,
      stride: 1,
      before: 1,
      after: 1,
      output: 7,
    },
    {
      what: 'an odd input needs both sides',
      input: 5,
      kernel: 3,
      stride: 2,
      before: 1,
      after: 1,
      output: 3,
    },
    {
      what: 'a kernel of 1 needs nothing',
      input: 8,
      kernel: 1,
      stride: 2,
      before: 0,
      after: 0,
      output: 4,
    },
    {
      what: 'a pool at stride 1 pads one',
      input: 13,
      kernel: 2,
      stride: 1,
      before: 0,
      after: 1,
      output: 13,
    },
  ])('SAME: $what', ({ input, kernel, stride, before, after, output }) => {
    expect(padAxis(input, kernel, stride, 'SAME')).toEqual({ before, after, output })
  })

  test('VALID never pads and drops what does not fit', () => {
    expect(padAxis(8, 3, 2, 'VALID')).toEqual({ before: 0, after: 0, output: 3 })
  })
})

describe('kernel layouts', () => {
  /** A kernel whose values encode their place: 1000*h + 100*w + 10*third + fourth. */
  const numbered = ([height = 0, width = 0, third = 0, fourth = 0]: number[]) => {
    const values: number[] = []
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++)
        for (let i = 0; i < third; i++)
          for (let o = 0; o < fourth; o++) values.push(1000 * h + 100 * w + 10 * i + o)
    return Float32Array.from(values)
  }

  test('HWIO becomes OIHW', () => {
    const shape = [2, 3, 2, 4]
    const moved = kernelToOihw(numbered(shape), shape)
    // Output channel 3, input channel 1, row 1, column 2.
    expect(moved[((3 * 2 + 1) * 2 + 1) * 3 + 2]).toBe(1213)
  })

  test('a depthwise kernel gets one output channel per pair of channel and multiplier', () => {
    const shape = [2, 2, 3, 2]
    const moved = depthwiseKernelToOihw(numbered(shape), shape)
    // Channel 2, multiplier 1 is output channel 2*2+1; row 1, column 0.
    expect(moved[(5 * 2 + 1) * 2 + 0]).toBe(1021)
  })

  test('permuting forth and back gives the same values', () => {
    const shape = [2, 3, 4, 5]
    const values = Float32Array.from({ length: 120 }, (_, index) => index)
    const there = permute(values, shape, [3, 2, 0, 1])
    expect(permute(there, [5, 4, 2, 3], [2, 3, 1, 0])).toEqual(values)
  })
})
