import { describe, expect, test } from 'vitest'
import { decodeWeights, float16ToNumber } from './weights.ts'

describe('decodeWeights', () => {
  test('reads plain, quantised and integer tensors that lie behind each other', () => {
    const binary = new Uint8Array(4 + 2 + 2 + 4)
    const view = new DataView(binary.buffer)
    view.setFloat32(0, 0.25, true)
    binary.set([0, 255], 4)
    view.setUint16(6, 0x3c00, true)
    view.setInt32(8, -7, true)
    const weights = decodeWeights(
      [
        { name: 'plain', shape: [1], dtype: 'float32' },
        {
          name: 'bytes',
          shape: [2],
          dtype: 'float32',
          quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
        },
        { name: 'half', shape: [], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'integer', shape: [1], dtype: 'int32' },
      ],
      binary,
    )
    expect(weights.get('plain')?.data).toEqual(Float32Array.of(0.25))
    expect(weights.get('bytes')?.data).toEqual(Float32Array.of(-1, 126.5))
    expect(weights.get('half')?.data).toEqual(Float32Array.of(1))
    expect(weights.get('integer')?.data).toEqual(Int32Array.of(-7))
  })

  test('a file that is cut off names the tensor and the missing bytes', () => {
    const read = () =>
      decodeWeights([{ name: 'conv/kernel', shape: [3], dtype: 'float32' }], new Uint8Array(8))
    expect(read).toThrow('weight "conv/kernel" ends at byte 12, but the file has 8 bytes')
  })

  test('bytes that no row describes are refused', () => {
    const read = () =>
      decodeWeights([{ name: 'a', shape: [1], dtype: 'float32' }], new Uint8Array(5))
    expect(read).toThrow('has 5 bytes, its manifest describes 4')
  })
})

test.each([
  [0x0000, 0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0001, 2 ** -24],
  [0x83ff, -1023 * 2 ** -24],
  [0x7c00, Infinity],
])('float16 %i is %d', (bits, expected) => {
  expect(float16ToNumber(bits)).toBe(expected)
})
