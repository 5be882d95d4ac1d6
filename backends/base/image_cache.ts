import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decodeImage, type DecodedImage } from './image.ts'

export interface ImageCacheLimits {
  /** 0 disables the cache. */
  entriesMax: number
  bytesMax: number
}

/** Holds 128 images of 640 x 480 (118 MB), or fewer larger ones. */
export const CACHE_BYTES_MAX = 256 * 1024 ** 2

export class ImageCache {
  private readonly images: LRUCache<string, DecodedImage> | null
  private readonly decode: (bytes: Uint8Array) => Promise<DecodedImage>

  /** All images of one cache share a layout, which `decode` applies. */
  constructor(
    { entriesMax, bytesMax }: ImageCacheLimits,
    decode = (bytes: Uint8Array) => decodeImage(bytes),
  ) {
    this.decode = decode
    this.images =
      entriesMax === 0
        ? null
        : new LRUCache({
            max: entriesMax,
            maxSize: bytesMax,
            sizeCalculation: ({ pixels }) => Math.max(1, pixels.byteLength),
          })
  }

  /** Callers share the image and must not modify its pixels. Rejects like decodeImage; failures are not cached. */
  async get(bytes: Uint8Array): Promise<{ image: DecodedImage; isCached: boolean }> {
    if (this.images === null) return { image: await this.decode(bytes), isCached: false }
    // Hashes the whole content: one different bit is another picture.
    const key = createHash('sha256').update(bytes).digest('base64')
    const known = this.images.get(key)
    if (known !== undefined) return { image: known, isCached: true }
    const image = await this.decode(bytes)
    this.images.set(key, image)
    return { image, isCached: false }
  }

  clear(): void {
    this.images?.clear()
  }
}
