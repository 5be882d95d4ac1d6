import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import sharp from 'sharp'
import { facePicture } from '../../testing/pictures.ts'
import { quietContext } from '../base/quiet_context.ts'
import { ImageModel } from '../faces/image_model.ts'
import { FatigueBackend } from './backend.ts'
import type { FatigueItem } from './read_request.ts'

const backend = new FatigueBackend(quietContext('fatigue', { threads: 2, batchSizeMax: 4 }))
let frame: Uint8Array
beforeAll(async () => {
  await backend.initializeModel()
  const part = { left: 1200, top: 60, width: 640, height: 640 }
  frame = await sharp(facePicture(6)).extract(part).jpeg().toBuffer()
})
afterAll(() => backend.cleanup())

const windowOf = (streamId: string | null): FatigueItem => ({
  requestId: 'one',
  kind: 'window',
  frames: [frame],
  depthFrames: [],
  eyetrackSamples: [],
  eyetrackText: null,
  elapsedS: 0.04,
  baselineEar: 0.3,
  streamId,
  timestampS: null,
})

test('a stream follows its face over requests, other requests search their own', async () => {
  const run = vi.spyOn(ImageModel.prototype, 'run')
  const detectorRuns = () =>
    run.mock.calls.filter(
      ([pictures, outputs]) => pictures.length > 0 && outputs.includes('cls_16'),
    ).length
  const answers = async (batch: FatigueItem[]) => {
    const { results } = await backend.processInference(batch)
    for (const result of results) expect(result).toMatchObject({ coverage: 1 })
  }
  await answers([windowOf('cabin'), windowOf('cabin')])
  expect(detectorRuns()).toBe(1)
  await answers([windowOf('cabin')])
  expect(detectorRuns()).toBe(1)
  await answers([windowOf('other'), windowOf(null), windowOf(null), windowOf('cabin')])
  // Both single windows share one run.
  expect(detectorRuns()).toBe(3)
  run.mockRestore()
})
