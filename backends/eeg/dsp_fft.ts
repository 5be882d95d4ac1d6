/** In-place complex FFT: radix 2, decimation in time (Cooley & Tukey 1965). */

export type Fft = (re: Float64Array, im: Float64Array) => void

/** `size` is a power of two. */
export function makeFft(size: number): Fft {
  if (size < 2 || (size & (size - 1)) !== 0) {
    throw new Error(`an FFT of ${size} values is not supported; the size must be a power of two`)
  }
  const reversed = bitReversal(size)
  const cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size))
  const sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size))
  return (re, im) => {
    permute(re, reversed)
    permute(im, reversed)
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half)
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = cos[k * step] as number
          const s = sin[k * step] as number
          const a = start + k
          const b = a + half
          const bRe = re[b] as number
          const bIm = im[b] as number
          const tRe = bRe * c + bIm * s
          const tIm = bIm * c - bRe * s
          re[b] = (re[a] as number) - tRe
          im[b] = (im[a] as number) - tIm
          re[a] = (re[a] as number) + tRe
          im[a] = (im[a] as number) + tIm
        }
      }
    }
  }
}

function bitReversal(size: number): Uint32Array {
  const reversed = new Uint32Array(size)
  for (let at = 1; at < size; at++) {
    reversed[at] = ((reversed[at >> 1] as number) >> 1) | (at & 1 ? size >> 1 : 0)
  }
  return reversed
}

function permute(values: Float64Array, reversed: Uint32Array): void {
  for (let at = 0; at < values.length; at++) {
    const other = reversed[at] as number
    if (other <= at) continue
    const kept = values[at] as number
    values[at] = values[other] as number
    values[other] = kept
  }
}
