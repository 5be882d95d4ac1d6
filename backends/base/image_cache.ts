/** Decoded images of the latest requests, by the hash of their bytes: the same picture again costs no decoding. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { decodeImage, type DecodedImage } from './image.ts'

export interface ImageCacheLimits {
  /** Images kept; 0 = no cache. */
  entriesMax: number
  /** Bytes of decoded pixels kept. */
  bytesMax: number
}

/** 128 images of 640 x 480 take 118 MB; with larger ones fewer fit. */
export const CACHE_BYTES_MAX = 256 * 1024 ** 2

export class ImageCache {
  private readonly images: LRUCache<string, DecodedImage> | null
  private readonly decode: (bytes: Uint8Array) => Promise<DecodedImage>

  /** `decode` lays pictures out as the model takes them; all of one cache are laid out alike. */
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

  /**
   * The decoded image, and whether it was there already. Callers share it and must not write to its pixels.
   * Rejects like decodeImage; a failure is not kept.
   */
  async get(bytes: Uint8Array): Promise<{ image: DecodedImage; isCached: boolean }> {
    if (this.images === null) return { image: await this.decode(bytes), isCached: false }
    // Over the whole content: two pictures that differ in one bit are two pictures.
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
