import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, bucketsUpTo, warmUpSizes } from './batch_buckets.ts'

const batchSizeMax = fc.integer({ min: 1, max: 256 })

test('are powers of two and the largest batch', () => {
  expect(bucketsUpTo(1)).toEqual([1])
  expect(bucketsUpTo(6)).toEqual([1, 2, 4, 6])
  expect(bucketsUpTo(8)).toEqual([1, 2, 4, 8])
})

test('hold every batch, less than half of it empty, and are warm on a GPU', () => {
  fc.assert(
    fc.property(batchSizeMax, fc.integer({ min: 1, max: 256 }), (max, wanted) => {
      const count = Math.min(wanted, max)
      const bucket = bucketOf(count, max)
      expect(bucket).toBeGreaterThanOrEqual(count)
      expect(bucket).toBeLessThan(2 * count + (count === 1 ? 1 : 0))
      expect(warmUpSizes('CUDA', max)).toContain(bucket)
    }),
  )
})

test('the CPU warms the smallest and the largest', () => {
  expect(warmUpSizes('CPU', 8)).toEqual([1, 8])
  expect(warmUpSizes('CPU', 1)).toEqual([1])
})
