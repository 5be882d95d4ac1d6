/** For tests: pictures that are drawn here, and the face pictures that ship inside a build-time package. */
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

/** A colour gradient with a disc: no face in it. */
export function drawnPicture(width: number, height: number): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g"><stop stop-color="#124"/><stop offset="1" stop-color="#e96"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/><circle cx="50%" cy="50%" r="20%" fill="#3a6"/></svg>`
  return sharp(Buffer.from(svg)).jpeg().toBuffer()
}

/** A PNG whose header promises `width` x `height` pixels and whose data are one empty scanline. */
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
