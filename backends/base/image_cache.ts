import { crc32 } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import { decodeImage, type DecodedImage } from './image.ts'

export interface ImageCacheLimits {
  /** 0 disables the cache. */
  entriesMax: number
  bytesMax: number
}

interface Entry {
  /** The encoded picture. */
  bytes: Uint8Array
  image: DecodedImage
}

/** Holds 128 images of 640 x 480 (118 MB), or fewer larger ones. */
export const CACHE_BYTES_MAX = 256 * 1024 ** 2

type Decode = (bytes: Uint8Array, isAlone: boolean) => Promise<DecodedImage>

export class ImageCache {
  private readonly images: LRUCache<string, Entry> | null
  private readonly decode: Decode

  /** All images of one cache share a layout, which `decode` applies. */
  constructor(
    { entriesMax, bytesMax }: ImageCacheLimits,
    decode: Decode = (bytes, isAlone) => decodeImage(bytes, { isAlone }),
  ) {
    this.decode = decode
    this.images =
      entriesMax === 0
        ? null
        : new LRUCache({
            max: entriesMax,
            maxSize: bytesMax,
            sizeCalculation: ({ bytes, image }) => bytes.byteLength + image.pixels.byteLength + 1,
          })
  }

  /**
   * Callers share the image and must not modify its pixels. Rejects like decodeImage; failures are not cached.
   * `isAlone`: see DecodeOptions.
   */
  async get(
    bytes: Uint8Array,
    isAlone = false,
  ): Promise<{ image: DecodedImage; isCached: boolean }> {
    if (this.images === null) return { image: await this.decode(bytes, isAlone), isCached: false }
    const key = `${bytes.byteLength} ${crc32(bytes)}`
    const known = this.images.get(key)
    // The checksum finds it, and the bytes prove it, faster than a cryptographic hash: one different bit is another picture.
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) {
      return { image: known.image, isCached: true }
    }
    const image = await this.decode(bytes, isAlone)
    this.images.set(key, { bytes: alone(bytes), image })
    return { image, isCached: false }
  }

  clear(): void {
    this.images?.clear()
  }
}

/** Not the part of a message, which would keep the whole message. */
const alone = (bytes: Uint8Array) =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
