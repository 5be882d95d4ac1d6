/** The pipeline on real pictures: @vladmandic/face-api's demo, and SWITCHYARD_SAMPLES if set. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { facePicture } from '../../testing/pictures.ts'
import { iouOf } from '../../protocol/box.ts'
import type { Point } from './geometry.ts'
import type { ImageModel } from './image_model.ts'
import { keypointsOf } from './mesh.ts'
import { FacePipeline, type FaceOptions, type FoundFaces } from './pipeline.ts'
import { quietContext } from '../base/quiet_context.ts'

const OPTIONS: FaceOptions = {
  min_detection_score: 0.5,
  face_gate: 0.2,
  max_faces: 16,
  small_faces: true,
}
const context = quietContext('faces', { threads: 2, batchSizeMax: 4 })

let pipeline: FacePipeline
beforeAll(async () => {
  pipeline = await FacePipeline.open(context, OPTIONS)
})
afterAll(() => pipeline.release())

async function facesIn(bytes: Uint8Array, from = pipeline): Promise<FoundFaces> {
  const [found] = await from.find([await from.prepare(bytes)])
  if (!found) throw new Error('the pipeline answered nothing')
  return found
}

/** Bands of colour, circles and noise, without SVG, which the image decoder blocks. */
async function drawnPictures(): Promise<[string, Buffer][]> {
  const fromPixels = (colour: (x: number, y: number) => number[]) => {
    const rgb = new Uint8Array(640 * 480 * 3)
    for (let at = 0; at < 640 * 480; at++) rgb.set(colour(at % 640, Math.floor(at / 640)), at * 3)
    return sharp(rgb, { raw: { width: 640, height: 480, channels: 3 } })
      .png()
      .toBuffer()
  }
  const size = { width: 640, height: 480, channels: 3 as const, background: '#808080' }
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 }
  return [
    ['bands', await fromPixels((x, y) => [x % 256, y % 256, (x + y) % 256])],
    [
      'a disc',
      await fromPixels((x, y) =>
        Math.hypot(x - 320, y - 240) < 120 ? [230, 180, 150] : [40, 60, 90],
      ),
    ],
    [
      'noise',
      await sharp({ create: { ...size, noise } })
        .png()
        .toBuffer(),
    ],
    ['one colour', await sharp({ create: size }).png().toBuffer()],
  ]
}

describe('faces of the demo pictures', () => {
  test.each([
    [1, 3],
    [3, 3],
    [4, 4],
    [5, 5],
    [6, 4],
  ] as const)('sample %i shows %i faces, all are found', async (number, count) => {
    const { faces, rejected } = await facesIn(facePicture(number))
    expect(faces).toHaveLength(count)
    expect(rejected).toEqual([])
    for (const { mesh } of faces) expect(mesh.presence).toBeGreaterThan(0.9)
  })

  test('sample 2: both frontal faces are found; the profile may be', async () => {
    const { faces } = await facesIn(facePicture(2))
    expect(faces.filter(({ mesh }) => mesh.presence > 0.9)).toHaveLength(2)
  })

  test('points lie where the parts of a face lie', async () => {
    const { faces } = await facesIn(facePicture(6))
    for (const { box, mesh } of faces) {
      expect(mesh.points).toHaveLength(468)
      const { right_eye: right, left_eye: left, nose_tip: nose, mouth } = keypointsOf(mesh)
      // "right" is the person's: on the left of the picture.
      expect(right[0]).toBeLessThan(left[0])
      expect(nose[1]).toBeGreaterThan(Math.max(right[1], left[1]))
      expect(mouth[1]).toBeGreaterThan(nose[1])
      expect(mouth[1]).toBeLessThan(box.y + box.height)
    }
  })

  test('a tilted picture gives the same points, tilted', async () => {
    const angle = 25
    const upright = await sharp(facePicture(6))
      .extract({ left: 1350, top: 100, width: 520, height: 620 })
      .png()
      .toBuffer()
    const tilted = await sharp(upright).rotate(angle, { background: '#888' }).png().toBuffer()
    const [before] = (await facesIn(upright)).faces
    const [after] = (await facesIn(tilted)).faces
    if (!before || !after) throw new Error('a face was missed')
    const { width, height } = await sharp(tilted).metadata()
    const expected = before.mesh.points.map(turn([260, 310], [width / 2, height / 2], angle))
    const distances = expected.map(([x, y], index) => {
      const [foundX, foundY] = after.mesh.points[index] ?? [NaN, NaN]
      return Math.hypot(foundX - x, foundY - y)
    })
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length
    expect(mean).toBeLessThan(0.04 * before.box.width)
  })

  test.each([1, 3, 4, 5] as const)(
    'sample %i turned by 180 degrees gives the same faces, upside down',
    async (number) => {
      const upright = (await facesIn(facePicture(number))).faces
      const turned = await sharp(facePicture(number)).rotate(180).png().toBuffer()
      const { width, height } = (await pipeline.prepare(turned)).image
      const { faces } = await facesIn(turned)
      expect(faces).toHaveLength(upright.length)
      for (const { box, mesh } of faces) {
        const { right_eye: right, left_eye: left, mouth } = keypointsOf(mesh)
        expect(right[0]).toBeGreaterThan(left[0])
        expect(mouth[1]).toBeLessThan(Math.min(right[1], left[1]))
        const middle = [width - box.x - box.width / 2, height - box.y - box.height / 2] as const
        const nearest = Math.min(
          ...upright.map(({ box: other }) =>
            Math.hypot(
              other.x + other.width / 2 - middle[0],
              other.y + other.height / 2 - middle[1],
            ),
          ),
        )
        expect(nearest).toBeLessThan(0.1 * box.width)
      }
    },
  )

  test('pictures of a batch do not mix, nor do those that stand on their heads', async () => {
    const pictures = await Promise.all(
      [
        facePicture(6),
        await sharp(facePicture(6)).rotate(180).toBuffer(),
        facePicture(1),
        await sharp(facePicture(4)).rotate(180).toBuffer(),
        facePicture(5),
      ].map((bytes) => pipeline.prepare(bytes)),
    )
    const together = await pipeline.find(pictures)
    for (const [index, picture] of pictures.entries()) {
      const [alone] = await pipeline.find([picture])
      const boxes = (found: FoundFaces | undefined) =>
        found?.faces.map(({ box }) => Math.round(box.x))
      expect(boxes(together[index])).toEqual(boxes(alone))
    }
  })

  test('max_faces keeps the largest', async () => {
    const few = await FacePipeline.open(context, { ...OPTIONS, max_faces: 2 })
    const all = (await facesIn(facePicture(5))).faces
    const kept = (await facesIn(facePicture(5), few)).faces
    expect(kept.map(({ box }) => Math.round(box.width))).toEqual(
      all.slice(0, 2).map(({ box }) => Math.round(box.width)),
    )
    await few.release()
  })

  test('small faces in a large picture are found in tiles, and only then', async () => {
    const group = await sharp(facePicture(5)).resize(450).png().toBuffer()
    const large = await sharp({
      create: { width: 1280, height: 960, channels: 3, background: '#998877' },
    })
      .composite([{ input: group, left: 100, top: 60 }])
      .png()
      .toBuffer()
    const wholeOnly = await FacePipeline.open(context, { ...OPTIONS, small_faces: false })
    const without = (await facesIn(large, wholeOnly)).faces.length
    await wholeOnly.release()
    expect((await facesIn(large)).faces.length).toBeGreaterThanOrEqual(without + 2)
    expect((await facesIn(large)).faces.length).toBeLessThanOrEqual(5)
  })
})

describe('frames of one person', () => {
  /** One face of sample 6 on grey, at the given offsets in pixels. */
  const framesAt = async (offsets: readonly (readonly [number, number])[], side = 900) => {
    const part = { left: 1350, top: 100, width: 520, height: 620 }
    const face = await sharp(facePicture(6)).extract(part).toBuffer()
    const grey = { width: 900, height: 900, channels: 3 as const, background: '#808080' }
    return Promise.all(
      offsets.map(async ([left, top]) => {
        const frame = sharp({ create: grey }).composite([{ input: face, left, top }])
        const whole = await frame.png().toBuffer()
        return pipeline.prepare(await sharp(whole).resize(side).png().toBuffer())
      }),
    )
  }
  const pan = Array.from({ length: 12 }, (_, frame) => [4 * frame, 2 * frame] as const)
  const detectorRuns = () => vi.spyOn(pipeline.models[0] as ImageModel, 'run')
  afterEach(() => vi.restoreAllMocks())

  test('are followed by the mesh, which finds what the detector finds', async () => {
    const frames = await framesAt(pan)
    const found = (await pipeline.find(frames)).map(({ faces }) => faces[0])
    const detector = detectorRuns()
    const followed = await pipeline.follow(frames)
    expect(detector).toHaveBeenCalledTimes(1)
    expect(followed).toHaveLength(frames.length)
    for (const [index, one] of followed.entries()) {
      const { box } = one?.face ?? {}
      const { box: expected } = found[index] ?? {}
      if (!box || !expected) throw new Error(`frame ${index} has no face`)
      expect(iouOf(box, expected)).toBeGreaterThan(0.85)
    }
  })

  test('a face that jumps is searched again', async () => {
    const [near, far] = await framesAt([
      [0, 0],
      [300, 200],
    ])
    const frames = [near, near, far, far].filter((one) => one !== undefined)
    const detector = detectorRuns()
    const boxes = (await pipeline.follow(frames)).map((one) => one?.face.box.x ?? NaN)
    expect(detector).toHaveBeenCalledTimes(2)
    expect((boxes[2] ?? NaN) - (boxes[1] ?? NaN)).toBeCloseTo(300, -1)
    expect(boxes[3]).toBeCloseTo(boxes[2] ?? NaN, -1)
  })

  test('frames without a face have none, and share runs of the detector', async () => {
    const [face] = await framesAt([[0, 0]])
    const empty = await pipeline.prepare(
      await sharp({ create: { width: 900, height: 900, channels: 3, background: '#808080' } })
        .png()
        .toBuffer(),
    )
    const frames = [face, empty, empty, empty, empty, face].filter((one) => one !== undefined)
    const followed = await pipeline.follow(frames)
    expect(followed.map((one) => one !== null)).toEqual([true, false, false, false, false, true])
  })

  test('the detector looks again after a second, and in frames of another size', async () => {
    const [face] = await framesAt([[0, 0]])
    if (!face) throw new Error('the frame is missing')
    const detector = detectorRuns()
    const followed = await pipeline.follow(Array.from({ length: 27 }, () => face))
    expect(detector).toHaveBeenCalledTimes(2)
    const half = await framesAt([[0, 0]], 450)
    const [smaller] = await pipeline.follow(half, followed.at(-1))
    expect(detector).toHaveBeenCalledTimes(3)
    expect(smaller?.face.box.width).toBeCloseTo((followed[0]?.face.box.width ?? NaN) / 2, -1)
  })
})

test('drawn pictures hold no face', async () => {
  for (const [name, bytes] of await drawnPictures()) {
    expect((await facesIn(bytes)).faces, name).toEqual([])
  }
})

const samples = process.env['SWITCHYARD_SAMPLES']
describe.skipIf(samples === undefined)('pictures of SWITCHYARD_SAMPLES/faces', () => {
  test.each([
    ['astronaut-happy', 1],
    ['darwin-child-crying', 1],
    ['darwin-fear', 1],
    ['darwin-happy', 1],
    ['darwin-neutral', 1],
    ['darwin-surprise', 1],
    ['darwin-six-faces', 6],
    ['no-face-cat', 0],
    ['no-face-coffee', 0],
  ])('%s.jpg: %i', async (name, count) => {
    const bytes = readFileSync(path.join(samples ?? '', 'faces', `${name}.jpg`))
    expect((await facesIn(bytes)).faces).toHaveLength(count)
  })
})

/** Rotation around the centre of one picture into the other, clockwise in degrees like sharp's. */
function turn(from: Point, to: Point, degrees: number): (point: Point) => Point {
  const cos = Math.cos((degrees * Math.PI) / 180)
  const sin = Math.sin((degrees * Math.PI) / 180)
  return ([x, y]) => {
    const dx = x - from[0]
    const dy = y - from[1]
    return [to[0] + dx * cos - dy * sin, to[1] + dx * sin + dy * cos]
  }
}
