import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUILTIN_BACKENDS } from '../../protocol/builtin_backends.ts'
import { readResult } from '../../protocol/results.ts'
import { facePicture } from '../../testing/pictures.ts'
import { endStarted, startNode } from '../../testing/processes.ts'
import {
  connect,
  inferenceRequest,
  type Message,
  type WireClient,
} from '../../testing/wire_client.ts'

async function startClient(dialect: string): Promise<WireClient> {
  const backend = startNode(['scripts/backend.mjs', 'fatigue', '--port', '0', '--dialect', dialect])
  const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
  await backend.waitFor(/ready on/)
  return connect(url)
}

let native: WireClient
let platform: WireClient
let face: Buffer
let noise: string
beforeAll(async () => {
  ;[native, platform] = await Promise.all([startClient('native'), startClient('platform')])
  face = await sharp(facePicture(5)).resize(224, 224, { fit: 'cover' }).jpeg().toBuffer()
  noise = (
    await sharp({
      create: {
        width: 224,
        height: 224,
        channels: 3,
        background: 'black',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .jpeg()
      .toBuffer()
  ).toString('base64')
}, 60_000)
afterAll(async () => {
  await Promise.all([native.close(), platform.close()])
  await endStarted()
})

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

const platformRequest = (data: object): Message => ({
  type: 'inference_request',
  request_id: 'p1',
  model_type: 'fatigue',
  timestamp: 1_700_000_000.25,
  data,
})
const success = async (data: object): Promise<Message> => {
  const reply = await platform.ask(platformRequest(data))
  expect(reply).toEqual({
    type: 'inference_response',
    request_id: 'p1',
    model_type: 'fatigue',
    timestamp: expect.any(Number) as number,
    result: {
      status: 'success',
      predictions: expect.any(Object) as object,
      latency_ms: expect.any(Number) as number,
    },
  })
  return (reply.result as { predictions: Message }).predictions
}

describe('the platform is answered as documented', () => {
  it('health_check and ping', async () => {
    expect(await platform.ask({ type: 'health_check', timestamp: 1 })).toEqual({
      type: 'health_response',
      status: 'healthy',
      model_type: 'fatigue',
      model_loaded: true,
    })
    expect(await platform.ask({ type: 'ping' })).toEqual({
      type: 'pong',
      timestamp: expect.any(Number) as number,
    })
  })

  it('75 frames of pure noise with 75 depth frames and 375 samples: success, a number, confidence 0 and a message', async () => {
    const depth = await sharp({
      create: { width: 224, height: 224, channels: 3, background: '#777' },
    })
      .greyscale()
      .png()
      .toBuffer()
    const predictions = await success({
      rgb_frames: times(75, noise),
      depth_frames: times(75, depth.toString('base64')),
      eyetrack_samples: times(375, times(8, 0.5)),
      elapsed_time: 2.5,
    })
    expect(predictions).toMatchObject({
      fatigue_score: 0,
      prediction_class: 0,
      confidence: 0,
      elapsed_time: 2.5,
      inference_time_ms: expect.any(Number) as number,
      num_rgb_frames: 75,
      num_depth_frames: 75,
      num_eyetrack_samples: 375,
      message: expect.stringMatching(/no face in any of the 75 frames/) as string,
    })
  })

  it('no frames at all: success with score 0 and a message that the data are insufficient', async () => {
    const predictions = await success({
      rgb_frames: [],
      depth_frames: [],
      eyetrack_samples: [],
      elapsed_time: 1.5,
    })
    expect(predictions).toMatchObject({
      fatigue_score: 0,
      prediction_class: 0,
      elapsed_time: 1.5,
      message: expect.stringMatching(/insufficient data/) as string,
    })
  })

  it('frames with a face are measured, and a broken one is a gap', async () => {
    const predictions = await success({
      rgb_frames: [...times(14, face.toString('base64')), 'broken!'],
      elapsed_time: 0.5,
      stream_id: 'cabin',
    })
    expect(predictions).toMatchObject({
      num_rgb_frames: 15,
      coverage: 0.9333,
      model: { validated: false },
      message: '1 of 15 frames could not be decoded',
      perclos_minute: { seconds: 0.5 },
    })
    const frames = predictions.frames as ({ ear: number } | null)[]
    expect(frames[14]).toBeNull()
    expect(frames[0]?.ear).toBeGreaterThan(0.02)
    expect(predictions.parts).toHaveLength(4)
  })

  it('a failed inference is a response with an error result', async () => {
    expect(await platform.ask(platformRequest({ rgb_frames: 'x' }))).toEqual({
      type: 'inference_response',
      request_id: 'p1',
      model_type: 'fatigue',
      timestamp: expect.any(Number) as number,
      result: {
        status: 'error',
        error: expect.stringMatching(/data\.rgb_frames must be an array/) as string,
        latency_ms: expect.any(Number) as number,
      },
    })
  })

  it('invalid JSON is an error without a request id', async () => {
    expect(await platform.ask('{')).toEqual({ type: 'error', error: expect.any(String) as string })
  })
})

describe('the native dialect', () => {
  it('answers one picture with its face and its measures', async () => {
    const { data } = await native.ask(inferenceRequest('one', facePicture(5)))
    expect(readResult(data)?.kind).toBe(BUILTIN_BACKENDS.fatigue.returns[0]?.kind)
    expect(data).toMatchObject({
      prediction_class: 0,
      baseline: { source: expect.stringMatching(/window|floor/) as string },
      message: expect.stringMatching(/baseline_ear/) as string,
      faces: [{ ear: expect.any(Number) as number, mar: expect.any(Number) as number }],
    })
  })

  it('takes the open-eye value of the client', async () => {
    const request = inferenceRequest('base', facePicture(5))
    const { data } = await native.ask({
      ...request,
      data: { ...(request.data as object), baseline_ear: 0.9 },
    })
    expect(data).toMatchObject({ baseline: { source: 'client', ear_open: 0.9 } })
  })

  it.each([
    ['nothing to look at', { metadata: {} }, /neither image, images nor rgb_frames/],
    [
      'samples of seven numbers',
      { eyetrack_samples: [[1, 2, 3, 4, 5, 6, 7]] },
      /eyetrack_samples\[0\]/,
    ],
    ['a negative duration', { rgb_frames: [], elapsed_time: -1 }, /elapsed_time.*-1/],
  ])('%s is refused by name', async (_title, data, words) => {
    const reply = await native.ask({ type: 'inference_request', request_id: 'w', data })
    expect(reply).toMatchObject({ type: 'error', code: 'invalid_request', request_id: 'w' })
    expect(reply.error).toMatch(words)
  })

  it('a picture without a face has a numeric score, confidence 0 and the reason', async () => {
    const { data } = await native.ask({
      type: 'inference_request',
      request_id: 'n',
      data: { image: noise },
    })
    expect(data).toMatchObject({
      fatigue_score: 0,
      confidence: 0,
      faces: [],
      reason: expect.stringContaining('no face') as string,
    })
  })
})
