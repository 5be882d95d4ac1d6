/** On a GPU each new batch shape costs hundreds of milliseconds, so only a few sizes are run. */

/** 1, 2, 4, .. and the maximum itself. */
export function bucketsUpTo(batchSizeMax: number): number[] {
  const sizes: number[] = []
  for (let size = 1; size < batchSizeMax; size *= 2) sizes.push(size)
  return [...sizes, batchSizeMax]
}

export function bucketOf(count: number, batchSizeMax: number): number {
  return bucketsUpTo(batchSizeMax).find((size) => size >= count) ?? batchSizeMax
}

/** True if batches are padded on this provider (display name). A new shape is free on the CPU. */
export const isBucketed = (provider: string): boolean => provider !== 'CPU'

/** Batch sizes to warm up before a model on `provider` is ready. */
export function warmUpSizes(provider: string, batchSizeMax: number): number[] {
  return isBucketed(provider) ? bucketsUpTo(batchSizeMax) : [...new Set([1, batchSizeMax])]
}
