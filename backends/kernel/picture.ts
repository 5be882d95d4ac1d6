/**
 * AssemblyScript, compiled to WebAssembly with SIMD by build/bundle.mjs. Resizes RGB pictures and turns their bytes into
 * floats. Callers (backends/base/picture_kernel.ts) place everything in memory and leave `SLACK` readable bytes behind it.
 *
 * Each axis has a table: for every output position the first input position (i32), and then for every output position
 * `taps` weights (i16, fixed point with `bits` fractional bits), an even number.
 */

/** Fractional bits of a blended row: leaves room for the overshoot of a cubic filter in 16 bits. */
const ROW_BITS: i32 = 6

/**
 * Writes output rows `from` to `to`. The input row at `source`, of `rowBytes` bytes, is row `firstRow` of the table. `stepX` and `stepY` are the
 * distances of output pixels in bytes, negative or swapped for a turned picture.
 *
 * With `columnsFirst` it rounds to bytes between both directions, as Pillow does, which matters for filters that overshoot.
 */
export function resize(
  source: usize,
  stride: i32,
  rowBytes: i32,
  firstRow: i32,
  columns: usize,
  width: i32,
  columnTaps: i32,
  columnBits: i32,
  rows: usize,
  height: i32,
  rowTaps: i32,
  rowBits: i32,
  from: i32,
  to: i32,
  columnsFirst: bool,
  scratch: usize,
  output: usize,
  stepX: i32,
  stepY: i32,
): void {
  const lineBytes = width * 3
  const line = scratch
  let blended = scratch + lineBytes + 16
  const rowWeights = rows + height * 4
  if (columnsFirst) {
    const begin = load<i32>(rows + from * 4)
    const end = load<i32>(rows + (to - 1) * 4) + rowTaps
    for (let row = begin; row < end; row++) {
      const at = source + (row - firstRow) * stride
      blendColumns<u8>(at, columns, width, columnTaps, columnBits, blended + (row - begin) * lineBytes)
    }
    for (let y = from; y < to; y++) {
      const at = blended + (load<i32>(rows + y * 4) - begin) * lineBytes
      blendRows<u8>(at, lineBytes, lineBytes, rowWeights + y * rowTaps * 2, rowTaps, rowBits, line)
      place(line, width, output + y * stepY, stepX)
    }
  } else {
    for (let y = from; y < to; y++) {
      const at = source + (load<i32>(rows + y * 4) - firstRow) * stride
      blendRows<i16>(at, stride, rowBytes, rowWeights + y * rowTaps * 2, rowTaps, rowBits, blended)
      blendColumns<i16>(blended, columns, width, columnTaps, columnBits, line)
      place(line, width, output + y * stepY, stepX)
    }
  }
}

/** One row of `bytes` bytes from `taps` rows: bytes, or i16 with ROW_BITS fractional bits. */
// @ts-ignore: decorator
@inline
function blendRows<To>(
  source: usize,
  stride: i32,
  bytes: i32,
  weights: usize,
  taps: i32,
  bits: i32,
  target: usize,
): void {
  const shift = sizeof<To>() == 1 ? bits : bits - ROW_BITS
  const half = i32x4.splat(1 << (shift - 1))
  for (let i = 0; i < bytes; i += 16) {
    let a = half
    let b = half
    let c = half
    let d = half
    let at = source + i
    for (let tap = 0; tap < taps; tap += 2) {
      const weight = v128.load32_splat(weights + tap * 2)
      const upper = v128.load(at)
      const lower = v128.load(at + stride)
      const low = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), weight))
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), weight))
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), weight))
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), weight))
      at += 2 * stride
    }
    const first = i16x8.narrow_i32x4_s(i32x4.shr_s(a, shift), i32x4.shr_s(b, shift))
    const second = i16x8.narrow_i32x4_s(i32x4.shr_s(c, shift), i32x4.shr_s(d, shift))
    if (sizeof<To>() == 1) {
      v128.store(target + i, i8x16.narrow_i16x8_u(first, second))
    } else {
      v128.store(target + i * 2, first)
      v128.store(target + i * 2 + 16, second)
    }
  }
}

/** One row of `width` RGB pixels in bytes, from a row of bytes or of i16 with ROW_BITS fractional bits. */
// @ts-ignore: decorator
@inline
function blendColumns<From>(
  source: usize,
  columns: usize,
  width: i32,
  taps: i32,
  bits: i32,
  target: usize,
): void {
  const size = <i32>sizeof<From>()
  const shift = size == 1 ? bits : bits + ROW_BITS
  const half = i32x4.splat(1 << (shift - 1))
  let weights = columns + width * 4
  for (let x = 0; x < width; x++) {
    let at = source + load<i32>(columns + x * 4) * 3 * size
    let sum = half
    for (let tap = 0; tap < taps; tap += 2) {
      const pair =
        size == 1 ? i16x8.extend_low_i8x16_u(v128.load64_zero(at)) : v128.load(at)
      // r r' g g' b b': both pixels of a channel side by side.
      const channels = i8x16.shuffle(pair, pair, 0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 0, 1, 0, 1)
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(channels, v128.load32_splat(weights)))
      weights += 4
      at += 6 * size
    }
    const value = i32x4.shr_s(sum, shift)
    const narrow = i16x8.narrow_i32x4_s(value, value)
    // A fourth byte, which the next pixel overwrites.
    v128.store32_lane(target + x * 3, i8x16.narrow_i16x8_u(narrow, narrow), 0)
  }
}

// @ts-ignore: decorator
@inline
function place(line: usize, width: i32, target: usize, stepX: i32): void {
  if (stepX == 3) {
    memory.copy(target, line, width * 3)
    return
  }
  for (let x = 0; x < width; x++) {
    store<u16>(target + x * stepX, load<u16>(line + x * 3))
    store<u8>(target + x * stepX + 2, load<u8>(line + x * 3 + 2))
  }
}

/**
 * Bilinear samples of a square of `size` pixels, each the mean of `taps` by `taps` points (1 or 2). Point (u, v) of the
 * `size * taps` per axis lies at (x + u * dx - v * dy, y + u * dy + v * dx), clamped to (right, bottom). The row at `source`
 * is row `firstRow` of the picture.
 */
export function sample(
  source: usize,
  stride: i32,
  firstRow: i32,
  right: f64,
  bottom: f64,
  x: f64,
  y: f64,
  dx: f64,
  dy: f64,
  size: i32,
  taps: i32,
  target: usize,
): void {
  const shift = taps == 1 ? 20 : 22
  const half = i32x4.splat(1 << (shift - 1))
  // Positions have 32 fractional bits; of these 14 are the weight, rounded by an addition to the start.
  const stepX = <i64>(dx * ONE)
  const stepY = <i64>(dy * ONE)
  const lastX = <i64>right << 32
  const lastY = <i64>bottom << 32
  const base = source - firstRow * stride
  for (let row = 0; row < size; row++) {
    const v = <f64>(row * taps)
    let atX = <i64>((x - v * dy) * ONE) + ROUND
    let atY = <i64>((y + v * dx) * ONE) + ROUND
    for (let column = 0; column < size; column++) {
      let sum = i32x4.add(half, pointAt(base, stride, atX, atY, lastX, lastY))
      if (taps == 2) {
        // The point below, and after the step the two beside them.
        sum = i32x4.add(sum, pointAt(base, stride, atX - stepY, atY + stepX, lastX, lastY))
        atX += stepX
        atY += stepY
        sum = i32x4.add(sum, pointAt(base, stride, atX, atY, lastX, lastY))
        sum = i32x4.add(sum, pointAt(base, stride, atX - stepY, atY + stepX, lastX, lastY))
      }
      atX += stepX
      atY += stepY
      const mean = i32x4.shr_s(sum, shift)
      const narrow = i16x8.narrow_i32x4_s(mean, mean)
      // A fourth byte, which the next pixel overwrites.
      v128.store32_lane(target, i8x16.narrow_i16x8_u(narrow, narrow), 0)
      target += 3
    }
  }
}

const ONE: f64 = 4294967296
/** Half a unit of the weight. */
const ROUND: i64 = 1 << 17

/** The bilinear point, in 20 fractional bits. */
// @ts-ignore: decorator
@inline
function pointAt(base: usize, stride: i32, x: i64, y: i64, lastX: i64, lastY: i64): v128 {
  const atX = min<i64>(max<i64>(x, 0), lastX)
  const atY = min<i64>(max<i64>(y, 0), lastY)
  const at = base + <i32>(atY >> 32) * stride + <i32>(atX >> 32) * 3
  const partRight = <i32>(atX >> 18) & 16383
  const partBelow = <i32>(atY >> 18) & 16383
  const across = i32x4.splat((partRight << 16) | (16384 - partRight))
  const down = i32x4.splat((partBelow << 16) | (16384 - partBelow))
  // Of each row two neighbouring pixels, both of a channel side by side.
  const rows = v128.load64_lane(at + stride, v128.load64_zero(at), 1)
  const pairs = i8x16.shuffle(rows, rows, 0, 3, 1, 4, 2, 5, 0, 3, 8, 11, 9, 12, 10, 13, 8, 11)
  const upper = i32x4.shr_s(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(pairs), across), 8)
  const lower = i32x4.shr_s(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(pairs), across), 8)
  return i32x4.dot_i16x8_s(v128.or(upper, i32x4.shl(lower, 16)), down)
}

/**
 * RGB bytes to three planes of floats, in the order red, green, blue or, with `isBgr`, blue, green, red: plane c has
 * `byte * factors[c] + factors[3 + c]`.
 */
export function toPlanes(source: usize, pixels: i32, factors: usize, isBgr: bool, target: usize): void {
  const plane = <usize>pixels * 4
  const red = isBgr ? target + 2 * plane : target
  const green = target + plane
  const blue = isBgr ? target : target + 2 * plane
  const redAt = isBgr ? factors + 8 : factors
  const blueAt = isBgr ? factors : factors + 8
  for (let i = 0; i < pixels; i += 16) {
    const at = source + i * 3
    const a = v128.load(at)
    const b = v128.load(at, 16)
    const c = v128.load(at, 32)
    const to = <usize>i * 4
    const count = min(16, pixels - i)
    spread(
      i8x16.shuffle(i8x16.shuffle(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0), c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29),
      redAt,
      red + to,
      count,
    )
    spread(
      i8x16.shuffle(i8x16.shuffle(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0), c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30),
      factors + 4,
      green + to,
      count,
    )
    spread(
      i8x16.shuffle(i8x16.shuffle(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0), c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31),
      blueAt,
      blue + to,
      count,
    )
  }
}

/** Writes the first `count` of 16 bytes as floats. */
// @ts-ignore: decorator
@inline
function spread(bytes: v128, factor: usize, target: usize, count: i32): void {
  const low = i16x8.extend_low_i8x16_u(bytes)
  const high = i16x8.extend_high_i8x16_u(bytes)
  const scale = v128.load32_splat(factor)
  const offset = v128.load32_splat(factor + 12)
  const first = scaled(i32x4.extend_low_i16x8_u(low), scale, offset)
  if (count == 16) {
    v128.store(target, first)
    v128.store(target, scaled(i32x4.extend_high_i16x8_u(low), scale, offset), 16)
    v128.store(target, scaled(i32x4.extend_low_i16x8_u(high), scale, offset), 32)
    v128.store(target, scaled(i32x4.extend_high_i16x8_u(high), scale, offset), 48)
    return
  }
  const factorValue = load<f32>(factor)
  const offsetValue = load<f32>(factor + 12)
  v128.store(REST, bytes)
  for (let i = 0; i < count; i++) {
    store<f32>(target + i * 4, <f32>load<u8>(REST + i) * factorValue + offsetValue)
  }
}

const REST: usize = memory.data(16, 16)

// @ts-ignore: decorator
@inline
function scaled(values: v128, scale: v128, offset: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_u(values), scale), offset)
}
