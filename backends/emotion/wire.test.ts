import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timingSchema } from '../../protocol/backend.ts'
import { emotionResultSchema, readResult } from '../../protocol/results.ts'
import { BUILTIN_BACKENDS } from '../../protocol/builtin_backends.ts'
import { joinBinary } from '../../protocol/binary.ts'
import { drawnPicture, facePicture, hugePng } from '../../testing/pictures.ts'
import { endStarted, startNode, until, type RunningProcess } from '../../testing/processes.ts'
import {
  connect,
  inferenceRequest,
  type Message,
  type WireClient,
} from '../../testing/wire_client.ts'

/** Small, so that a message over the limit is quickly made. */
const MESSAGE_BYTES_MAX = 3_000_000
const SETTINGS = JSON.stringify({
  port: 8766,
  max_message_bytes: MESSAGE_BYTES_MAX,
  // The test is not about speed.
  request_timeout: 85,
})

let backend: RunningProcess
let url: string
let client: WireClient

beforeAll(async () => {
  backend = startNode(['scripts/backend.mjs', 'emotion', '--port', '0', '--settings', SETTINGS])
  url = (await backend.waitFor(/listening on (ws:\/\/\S+)/))[1] ?? ''
  client = await connect(url)
  await until('the model to be loaded', async () => {
    const pong = await client.ask({ type: 'health_check' })
    return pong.model_loaded === true
  })
}, 60_000)

afterAll(async () => {
  await client.close()
  await endStarted()
})

describe('the exchange of the protocol document', () => {
  it('health_check is answered with pong and what is known of the process', async () => {
    expect(await client.ask({ type: 'health_check' })).toMatchObject({
      type: 'pong',
      status: 'healthy',
      backend: 'emotion',
      model_loaded: true,
      provider: 'CPU',
      pid: expect.any(Number) as number,
      queue_depth: 0,
      in_flight: 0,
      descriptor: BUILTIN_BACKENDS.emotion,
    })
  })

  it('inference_request is answered with prediction, confidence and timing under the same id', async () => {
    const reply = await client.ask(inferenceRequest('face-1', facePicture(1)))
    expect(reply).toMatchObject({
      type: 'inference_response',
      request_id: 'face-1',
      provider: 'CPU',
      timing: { batch_size: 1, total_ms: expect.any(Number) as number },
    })
    const result = emotionResultSchema.parse(reply.data)
    expect(readResult(reply.data)?.kind).toBe(BUILTIN_BACKENDS.emotion.returns[0]?.kind)
    expect(result.faces.length).toBeGreaterThan(0)
    expect(result.prediction).toBe(result.faces[0]?.prediction)
    const [, fields = '{}'] = await backend.waitFor(/response .+ ms (\{.*"face-1".*\})/)
    expect(JSON.parse(fields)).toMatchObject({
      request_id: 'face-1',
      data_keys: ['image', 'timestamp'],
      image_size: `${result.image.width}x${result.image.height}`,
      result: { prediction: result.prediction, faces: result.faces.length },
      ...timingSchema.parse(reply.timing),
    })
    expect(result.confidence).toBeGreaterThan(1 / 7)
    const sum = Object.values(result.probabilities ?? {}).reduce((a, b) => a + b, 0)
    expect(sum).toBeCloseTo(1, 3)
  })

  it('a data URL is taken as well', async () => {
    const image = `data:image/jpeg;base64,${facePicture(1).toString('base64')}`
    const reply = await client.ask({ type: 'inference_request', request_id: 'u', data: { image } })
    expect(reply.type).toBe('inference_response')
  })

  it('the binary form carries the bytes as they are', async () => {
    const picture = facePicture(1)
    const header = {
      type: 'inference_request',
      request_id: 'raw',
      data: { image: { $attachment: 0, length: picture.length } },
    }
    const message = Buffer.from(joinBinary(JSON.stringify(header), [picture]))
    expect(await client.ask(message)).toMatchObject({
      type: 'inference_response',
      request_id: 'raw',
      data: { prediction: expect.any(String) as string },
    })
  })

  it('a picture without a face gives no face, no prediction and the reason', async () => {
    const reply = await client.ask(inferenceRequest('none', await drawnPicture(320, 240)))
    expect(reply.data).toMatchObject({
      prediction: null,
      confidence: 0,
      faces: [],
      reason: expect.stringMatching(/face/i) as string,
      image: { width: 320, height: 240 },
    })
  })

  it('several images are answered in order, and a broken one fails alone', async () => {
    const good = facePicture(1).toString('base64')
    const reply = await client.ask({
      type: 'inference_request',
      request_id: 'many',
      data: { images: [good, Buffer.from('no image').toString('base64'), good] },
    })
    const { results } = reply.data as { results: Message[] }
    expect(results.map((result) => result.code ?? result.prediction)).toEqual([
      expect.any(String),
      'invalid_image',
      results[0]?.prediction,
    ])
  })

  it('cancel of an unknown request is an error', async () => {
    const reply = await client.ask({ type: 'cancel', request_id: 'never' })
    expect(reply).toMatchObject({ type: 'error', code: 'invalid_request', request_id: 'never' })
  })
})

describe('every malformed message is answered with an error and the connection stays', () => {
  const ask = (data: unknown, requestId: unknown = 'm') =>
    JSON.stringify({ type: 'inference_request', request_id: requestId, data })
  const image = (bytes: Buffer) => ask({ image: bytes.toString('base64') })
  const truncated = () => facePicture(1).subarray(0, 9000)
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

  const cases: [string, () => string | Buffer, string, RegExp][] = [
    ['not JSON', () => 'hello', 'invalid_json', /not JSON/],
    ['an array', () => '[]', 'invalid_request', /array/],
    ['null', () => 'null', 'invalid_request', /null/],
    ['unknown type', () => '{"type":"dance"}', 'unknown_type', /"dance"/],
    ['missing data', () => ask(undefined), 'invalid_request', /data is missing/],
    ['missing image', () => ask({}), 'invalid_request', /data\.image is missing/],
    [
      'an image that is a number',
      () => ask({ image: 5 }),
      'invalid_request',
      /data\.image.*number/,
    ],
    ['invalid base64', () => ask({ image: '!!!!' }), 'invalid_image', /not base64/],
    ['base64 of a text', () => image(Buffer.from('just words')), 'invalid_image', /JPEG/],
    ['a truncated JPEG', () => image(truncated()), 'invalid_image', /cut off|truncated/i],
    ['0 bytes', () => ask({ image: '' }), 'invalid_image', /0 bytes|empty/],
    ['a PNG of 20,000 x 20,000', () => image(hugePng(20_000, 20_000)), 'too_large', /20,?000/],
    ['an SVG', () => image(Buffer.from(svg)), 'invalid_image', /SVG/],
    ['a request_id that is a number', () => ask({ image: '' }, 7), 'invalid_request', /request_id/],
    [
      'a request_id of 10 kB',
      () => ask({ image: '' }, 'x'.repeat(10_000)),
      'invalid_request',
      /256/,
    ],
    ['1,000 levels', () => `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, 'too_large', /deeper/],
    ['a binary message without a header', () => Buffer.from([0x7b]), 'invalid_request', /1 bytes/],
  ]
  it.each(cases)('%s', async (_title, message, code, words) => {
    const reply = await client.ask(message())
    expect(reply).toMatchObject({ type: 'error', code })
    expect(reply.error).toMatch(words)
    expect(await client.ask({ type: 'health_check' })).toMatchObject({ status: 'healthy' })
  })
})

it('a message over the size limit closes its connection with 1009 and harms no other', async () => {
  const greedy = await connect(url)
  greedy.send('x'.repeat(MESSAGE_BYTES_MAX + 1))
  expect(await greedy.closed).toMatchObject({ code: 1009 })
  expect(await client.ask(inferenceRequest('after', facePicture(1)))).toMatchObject({
    type: 'inference_response',
  })
})

it('64 concurrent requests are all answered, and health checks meanwhile', async () => {
  const busy = await connect(url)
  const picture = facePicture(1)
  for (let index = 0; index < 64; index++) busy.send(inferenceRequest(`r${index}`, picture))
  expect(await client.ask({ type: 'health_check' })).toMatchObject({ status: 'healthy' })
  const ids = new Set<unknown>()
  for (let index = 0; index < 64; index++) {
    const reply = await busy.next()
    expect(reply.type).toBe('inference_response')
    ids.add(reply.request_id)
  }
  expect(ids.size).toBe(64)
  await busy.close()
})

it('a web page and a rebound name are refused before the upgrade', async () => {
  await expect(connect(url, { origin: 'https://example.com' })).rejects.toThrow('403')
  await expect(connect(url, { headers: { host: 'evil.example' } })).rejects.toThrow('403')
})

it('liveness and readiness are reported over HTTP on the same port', async () => {
  const http = url.replace('ws:', 'http:')
  expect((await fetch(`${http}/health/live`)).status).toBe(200)
  const ready = await fetch(`${http}/health/ready`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ status: 'healthy', model_loaded: true })
  expect((await fetch(`${http}/nothing`)).status).toBe(404)
})

it('/metrics counts what was asked, in the Prometheus text format', async () => {
  const before = await metric('switchyard_requests_total')
  await client.ask(inferenceRequest('counted', facePicture(1)))
  expect(await metric('switchyard_requests_total')).toBe(before + 1)
  expect(await metric('switchyard_stage_seconds_count', 'stage="inference"')).toBeGreaterThan(0)
  expect(await metric('switchyard_errors_total', 'code="unknown_type"')).toBeGreaterThan(0)
  expect(await metric('switchyard_ready')).toBe(1)
})

async function metric(name: string, label = 'backend="emotion"'): Promise<number> {
  const page = await (await fetch(`${url.replace('ws:', 'http:')}/metrics`)).text()
  const line = page.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(label))
  return Number(line?.split(' ').at(-1))
}

it('SIGTERM finishes what is in flight, then ends with code 0', async () => {
  const own = startNode(['scripts/backend.mjs', 'emotion', '--port', '0', '--settings', SETTINGS])
  const address = (await own.waitFor(/listening on (ws:\/\/\S+)/))[1] ?? ''
  await own.waitFor(/ready on/)
  const last = await connect(address)
  for (let index = 0; index < 5; index++) last.send(inferenceRequest(`s${index}`, facePicture(1)))
  await own.waitFor(/response/)
  own.signal('SIGTERM')
  for (let index = 0; index < 5; index++) {
    expect((await last.next()).type).toBe('inference_response')
  }
  expect(await own.exited).toEqual({ code: 0, signal: null })
  expect(own.output()).toMatch(/RAM \d+ MiB before and \d+ MiB after cleanup/)
})

describe('a wrong command line exits with code 2 and the reason', () => {
  it.each([
    ['no name', [], /name is missing/],
    ['an unknown name', ['smell'], /no backend "smell"/],
    ['a port that is none', ['emotion', '--port', '99999'], /"99999" is not a port/],
    ['an unknown flag', ['emotion', '--prot', '1'], /--prot/],
    ['a config that is not there', ['emotion', '--config', '/nowhere.yaml'], /nowhere\.yaml.*read/],
  ])('%s', async (_title, args, words) => {
    const own = startNode(['scripts/backend.mjs', ...args])
    expect(await own.exited).toEqual({ code: 2, signal: null })
    expect(own.output()).toMatch(words)
  })
})

it('a taken port ends with code 4 and names the port', async () => {
  const port = new URL(url).port
  const own = startNode(['scripts/backend.mjs', 'emotion', '--port', port])
  expect(await own.exited).toEqual({ code: 4, signal: null })
  expect(own.output()).toContain(`port ${port} on localhost is already in use`)
})
