import { expect, it } from 'vitest'
import type { DecodedImage } from './image.ts'
import { ImageCache } from './image_cache.ts'

/** Decodes to as many bytes as the first byte states, and counts calls. */
function createDecoder() {
  let calls = 0
  const decode = (bytes: Uint8Array): Promise<DecodedImage> => {
    calls++
    if (bytes[0] === 0) return Promise.reject(new Error('broken'))
    return Promise.resolve({
      pixels: new Uint8Array(bytes[0] ?? 0),
      width: 1,
      height: 1,
      originalWidth: 1,
      originalHeight: 1,
      mapping: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
    })
  }
  return { decode, calls: () => calls }
}

const picture = (size: number, tag = 0) => Uint8Array.of(size, tag)

it('decodes the same bytes once, and bytes that differ again', async () => {
  const { decode, calls } = createDecoder()
  const cache = new ImageCache({ entriesMax: 4, bytesMax: 1000 }, decode)
  expect((await cache.get(picture(9))).isCached).toBe(false)
  const again = await cache.get(picture(9))
  expect(again).toMatchObject({ isCached: true, image: { pixels: { length: 9 } } })
  expect((await cache.get(picture(9, 1))).isCached).toBe(false)
  expect(calls()).toBe(2)
})

it('lets the longest unused go, by number and by bytes', async () => {
  const { decode } = createDecoder()
  const cache = new ImageCache({ entriesMax: 2, bytesMax: 100 }, decode)
  await cache.get(picture(1))
  await cache.get(picture(2))
  await cache.get(picture(1))
  await cache.get(picture(3))
  expect((await cache.get(picture(1))).isCached).toBe(true)
  expect((await cache.get(picture(2))).isCached).toBe(false)
  await cache.get(picture(90))
  await cache.get(picture(80))
  expect((await cache.get(picture(90))).isCached).toBe(false)
})

it('keeps no failure and nothing when it is off', async () => {
  const { decode, calls } = createDecoder()
  const cache = new ImageCache({ entriesMax: 2, bytesMax: 100 }, decode)
  await expect(cache.get(picture(0))).rejects.toThrow('broken')
  await expect(cache.get(picture(0))).rejects.toThrow('broken')
  expect(calls()).toBe(2)
  const off = new ImageCache({ entriesMax: 0, bytesMax: 100 }, decode)
  await off.get(picture(5))
  expect((await off.get(picture(5))).isCached).toBe(false)
})
