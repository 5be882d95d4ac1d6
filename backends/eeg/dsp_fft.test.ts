import { describe, expect, test } from 'vitest'
import { makeFft } from './dsp_fft.ts'
import { noise } from './testing/signals.ts'

describe('the FFT', () => {
  test.each([2, 8, 256])('of %d values is the sum that defines it', (size) => {
    const re = noise(size, 1)
    const im = noise(size, 2)
    const [outRe, outIm] = [re.slice(), im.slice()]
    makeFft(size)(outRe, outIm)
    for (let k = 0; k < size; k++) {
      let [sumRe, sumIm] = [0, 0]
      for (let at = 0; at < size; at++) {
        const angle = (-2 * Math.PI * k * at) / size
        const [x, y] = [re[at] as number, im[at] as number]
        sumRe += x * Math.cos(angle) - y * Math.sin(angle)
        sumIm += x * Math.sin(angle) + y * Math.cos(angle)
      }
      expect(outRe[k]).toBeCloseTo(sumRe, 9)
      expect(outIm[k]).toBeCloseTo(sumIm, 9)
    }
  })

  test.each([0, 1, 3, 100])('of %d values is refused', (size) => {
    expect(() => makeFft(size)).toThrow('must be a power of two')
  })
})
