/** Test pictures: faces from a build-time package, at the two sizes of the gates. */
import sharp from 'sharp'
import { facePicture } from '../../testing/pictures.ts'
import type { Picture } from './load_plan.ts'
import type { RawCommands } from './raw_plan.ts'
import type { Remote } from './remote.ts'

export interface Pictures {
  /** About 27 KB each, with different results, so that a wrongly split batch shows. */
  small: Picture[]
  /** About 370 KB. */
  large: Picture
}

interface Cut {
  sample: Parameters<typeof facePicture>[0]
  left: number
  top: number
  width: number
  height: number
}

/** One face each, about a third of the picture's width, as before a webcam; chosen by hand, in sample pixels. */
const CUTS: readonly Cut[] = [
  { sample: 1, left: 1261, top: 89, width: 631, height: 473 },
  { sample: 2, left: 705, top: 154, width: 560, height: 420 },
  { sample: 3, left: 365, top: 228, width: 663, height: 497 },
  { sample: 4, left: 1123, top: 100, width: 478, height: 359 },
]
const LARGE_CUT: Cut = { sample: 3, left: 818, top: 96, width: 737, height: 553 }

const SMALL: Size = { width: 640, height: 480, bytes: 27_000 }
const LARGE: Size = { width: 1440, height: 1080, bytes: 370_000 }

export async function makePictures(raw: Remote<RawCommands>): Promise<Pictures> {
  const small = await Promise.all(CUTS.map((cut) => encode(cut, SMALL)))
  const large = await encode(LARGE_CUT, LARGE)
  const expected = await raw.call('expected', [...small, large])
  const checked = [...small, large].map((bytes, index) => ({
    bytes,
    expected: expected[index] ?? null,
  }))
  const last = checked.pop()
  if (last === undefined) throw new Error('no picture was made')
  const faceless = [...checked, last].filter((picture) => picture.expected?.faces !== 1)
  if (faceless.length > 0) throw new Error('a picture shows not exactly one face')
  return { small: checked, large: last }
}

interface Size {
  width: number
  height: number
  bytes: number
}

/** The best quality within the wanted size. */
async function encode({ sample, ...region }: Cut, { bytes, ...size }: Size): Promise<Buffer> {
  const resized = sharp(facePicture(sample))
    .extract(region)
    .resize({ ...size, fit: 'cover' })
  let [low, high] = [1, 100]
  while (low < high) {
    const quality = Math.ceil((low + high) / 2)
    const length = (await resized.clone().jpeg({ quality }).toBuffer()).length
    if (length <= bytes) low = quality
    else high = quality - 1
  }
  return resized.clone().jpeg({ quality: low }).toBuffer()
}
