/** Decodes pictures and ends with code 0 if memory stays flat; electron/picture_check.ts watches its log. */
import { decodeImage } from './base/image.ts'
import sharp from 'sharp'

const PICTURES = 50
/** By then all threads and buffers exist. */
const PICTURES_BEFORE = 20
/** A leak of a picture's pixels at each decode takes four times as much. */
const GROWTH_MIB_MAX = 32

const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
const picture = await sharp({
  create: { width: 1280, height: 960, channels: 3, background: '#000', noise },
})
  .webp()
  .toBuffer()
const rssMiB = () => process.memoryUsage.rss() / 1024 ** 2
let before = 0
for (let count = 1; count <= PICTURES; count++) {
  await decodeImage(picture)
  if (count === PICTURES_BEFORE) before = rssMiB()
}
const growth = Math.round(rssMiB() - before)
console.log(`${PICTURES} pictures decoded, ${growth} MiB more memory`)
process.exit(growth > GROWTH_MIB_MAX ? 1 : 0)
