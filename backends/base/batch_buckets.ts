/** Batch sizes that are run on a GPU: a first-seen shape costs hundreds of milliseconds there, so only a few shapes occur. */

/** 1, 2, 4, .. and the largest batch itself. */
export function bucketsUpTo(batchSizeMax: number): number[] {
  const sizes: number[] = []
  for (let size = 1; size < batchSizeMax; size *= 2) sizes.push(size)
  return [...sizes, batchSizeMax]
}

/** The smallest bucket that holds `count` items; `count` is at most `batchSizeMax`. */
export function bucketOf(count: number, batchSizeMax: number): number {
  return bucketsUpTo(batchSizeMax).find((size) => size >= count) ?? batchSizeMax
}

/** Whether batches are padded to a bucket on this provider (display name). On the CPU a new shape costs nothing. */
export const isBucketed = (provider: string): boolean => provider !== 'CPU'

/** The batch sizes to warm up before a model on `provider` is reported ready. */
export function warmUpSizes(provider: string, batchSizeMax: number): number[] {
  return isBucketed(provider) ? bucketsUpTo(batchSizeMax) : [...new Set([1, batchSizeMax])]
}
