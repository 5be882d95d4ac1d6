/** For tests: generated pictures, and face pictures of a build-time package. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { ROOT_DIR } from './processes.ts'

/** `demo/sample1.jpg` .. `sample6.jpg` of @vladmandic/face-api. */
export function facePicture(number: 1 | 2 | 3 | 4 | 5 | 6): Buffer {
  return readFileSync(facePicturePath(number))
}

export const facePicturePath = (number: 1 | 2 | 3 | 4 | 5 | 6) =>
  path.join(ROOT_DIR, 'node_modules/@vladmandic/face-api/demo', `sample${number}.jpg`)

/** A colour gradient with a disc and no face. Drawn by pixel: backends block the SVG loader of their process. */
export function drawnPicture(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isDisc = Math.hypot(x - width / 2, y - height / 2) < height / 5
      const share = x / width
      const colour = isDisc ? [48, 170, 96] : [16 + 220 * share, 32 + 120 * share, 68 + 30 * share]
      pixels.set(colour, (y * width + x) * 3)
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()
}

/** A PNG whose header states `width` x `height` pixels, with a single empty scanline. */
export function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
