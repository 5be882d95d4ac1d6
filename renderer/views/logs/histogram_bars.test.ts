import { expect, test } from 'vitest'
import { barPaths, bucketAt, sharesOf, spanOfBuckets } from './histogram_bars.ts'

const histogram = {
  from: 1000,
  to: 5000,
  buckets: [
    [0, 0, 0, 0],
    [1, 0, 0, 0],
    [4, 8, 2, 2],
    [0, 0, 0, 1],
  ] as [number, number, number, number][],
}

test('the fullest bar has the whole height, others the square root of their share, errors at the top', () => {
  expect(barPaths(histogram)).toEqual({
    rest: 'M1 1V0.75h0.78V1zM2 1V0.25h0.78V1z',
    warn: 'M2 0.25V0.125h0.78V0.25z',
    error: 'M2 0.125V0h0.78V0.125zM3 1V0.75h0.78V1z',
  })
})

test('one line beside a flood is still seen', () => {
  const { error } = barPaths({
    buckets: [
      [0, 1_000_000, 0, 0],
      [0, 0, 0, 1],
    ],
  })
  expect(error).toBe('M1 1V0.96h0.78V1z')
})

test('without lines there are no bars', () => {
  expect(barPaths({ buckets: [] })).toEqual({ rest: '', warn: '', error: '' })
})

test('buckets are spans of time, in whichever direction they were chosen', () => {
  expect(spanOfBuckets(histogram, [1, 1])).toEqual({ fromMs: 2000, toMs: 3000 })
  expect(spanOfBuckets(histogram, [3, 2])).toEqual({ fromMs: 3000, toMs: 5000 })
})

test.each([
  [-0.2, 0],
  [0, 0],
  [0.49, 1],
  [1, 3],
])('the share %d of the width is in bucket %d', (share, bucket) => {
  expect(bucketAt(histogram, share)).toBe(bucket)
})

test('a span is cut where the histogram ends, and is nowhere outside of it', () => {
  expect(sharesOf(histogram, { fromMs: 0, toMs: 3000 })).toEqual({ left: 0, width: 0.5 })
  expect(sharesOf(histogram, { fromMs: 4000, toMs: 9000 })).toEqual({ left: 0.75, width: 0.25 })
  expect(sharesOf(histogram, { fromMs: 0, toMs: 999 })).toBeNull()
  expect(sharesOf({ from: 5, to: 5 }, { fromMs: 0, toMs: 10 })).toBeNull()
})
