/** Any input gets exactly one reply and leaves the backend healthy. Long run: FUZZ_RUNS=10000. */
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinBinary } from '../protocol/binary.ts'
import { drawnPicture, facePicture } from '../testing/pictures.ts'
import { endStarted, startNode } from '../testing/processes.ts'
import { connect, type Message, type WireClient } from '../testing/wire_client.ts'

/** Cases per kind; the suite has a budget of seconds, `FUZZ_RUNS` overrides. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 150)
const TIMEOUT_MS = 60_000 + RUNS * 100

const clients: Record<string, WireClient> = {}
const pictures: Buffer[] = []

beforeAll(async () => {
  await Promise.all(
    ['emotion', 'fatigue', 'eeg'].map(async (name) => {
      const backend = startNode(['scripts/backend.mjs', name, '--port', '0'])
      const [, url = ''] = await backend.waitFor(/listening on (ws:\/\/\S+)/)
      await backend.waitFor(/ready on/)
      clients[name] = await connect(url)
    }),
  )
  const small = sharp(facePicture(5)).resize(120, 120, { fit: 'cover' })
  pictures.push(
    await small.clone().jpeg().toBuffer(),
    await small.clone().png().toBuffer(),
    await small.clone().webp().toBuffer(),
    await small.clone().gif().toBuffer(),
    await small.clone().tiff().toBuffer(),
    await drawnPicture(60, 40),
  )
}, 60_000)
afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()))
  await endStarted()
})

const clientOf = (name: string): WireClient => {
  const client = clients[name]
  if (client === undefined) throw new Error(`no client for ${name}`)
  return client
}

/** Expects one valid reply that is not an internal error. */
async function expectAnswer(name: string, message: string | Buffer): Promise<void> {
  const reply = await clientOf(name).ask(message)
  expect(['pong', 'inference_response', 'error', 'reloaded']).toContain(reply.type)
  expect(reply.code).not.toBe('internal')
}

async function expectHealthy(name: string): Promise<void> {
  expect(await clientOf(name).ask({ type: 'health_check' })).toMatchObject({
    status: 'healthy',
    in_flight: 0,
  })
}

const NAMES = ['emotion', 'fatigue', 'eeg'] as const
const anyKey = fc.constantFrom(
  ...['image', 'images', 'rgb_frames', 'depth_frames', 'eyetrack_samples', 'elapsed_time'],
  ...[
    'baseline_ear',
    'stream_id',
    'timestamp',
    'eeg_signal',
    'sampling_rate',
    'channel_names',
    'x',
  ],
)
const anyRequest = fc
  .record({
    // `reload` loads a model each time: it has separate tests.
    type: fc.constantFrom('inference_request', 'health_check', 'cancel', 'ping', 'nonsense'),
    request_id: fc.oneof(fc.string({ maxLength: 300 }), fc.jsonValue({ maxDepth: 1 })),
    data: fc.oneof(fc.dictionary(anyKey, fc.jsonValue({ maxDepth: 3 })), fc.jsonValue()),
  })
  .map((message) => JSON.stringify(message))
/** The JSON text with some characters replaced, dropped or doubled. */
const mutated = (text: string) =>
  fc
    .array(
      fc.tuple(
        fc.nat(text.length),
        fc.constantFrom('', '"', '{', ']', ',', '0', '\\', '\u0000', 'x'),
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((edits) =>
      edits.reduce((done, [at, insert]) => done.slice(0, at) + insert + done.slice(at + 1), text),
    )

describe.each(NAMES)('%s', (name) => {
  it('answers any message of roughly the right shape', { timeout: TIMEOUT_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(anyRequest, (text) => expectAnswer(name, text)),
      { numRuns: RUNS },
    )
    await expectHealthy(name)
  })

  it('answers any bytes, as text and as binary', { timeout: TIMEOUT_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.uint8Array(), async (text, bytes) => {
        await expectAnswer(name, text)
        await expectAnswer(name, Buffer.from(bytes))
      }),
      { numRuns: RUNS },
    )
    await expectHealthy(name)
  })

  it('answers a valid message with a few characters broken', { timeout: TIMEOUT_MS }, async () => {
    const data: Message =
      name === 'eeg'
        ? { eeg_signal: Array.from({ length: 40 }, (_, at) => [at, -at]), sampling_rate: 32 }
        : { image: pictures[5]?.toString('base64') }
    const valid = JSON.stringify({ type: 'inference_request', request_id: 'r', data })
    await fc.assert(
      fc.asyncProperty(mutated(valid), (text) => expectAnswer(name, text)),
      { numRuns: RUNS },
    )
    await expectHealthy(name)
  })
})

describe('broken pictures', () => {
  it.each(['emotion', 'fatigue'])('never break %s', { timeout: TIMEOUT_MS }, async (name) => {
    const broken = fc
      .tuple(
        fc.nat(4),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
          maxLength: 12,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([which, edits, keep]) => {
        const bytes = Buffer.from(pictures[which] ?? Buffer.alloc(0))
        for (const [share, value] of edits) bytes[Math.floor(share * bytes.length)] = value
        return keep > 0.7 ? bytes : bytes.subarray(0, Math.floor(bytes.length * (keep / 0.7)))
      })
    await fc.assert(
      fc.asyncProperty(broken, (bytes) => {
        const header = JSON.stringify({
          type: 'inference_request',
          request_id: 'p',
          data: { image: { $attachment: 0, length: bytes.length } },
        })
        return expectAnswer(name, Buffer.from(joinBinary(header, [bytes])))
      }),
      { numRuns: RUNS },
    )
    await expectHealthy(name)
  })
})

it('broken EDF and text files never break eeg', { timeout: TIMEOUT_MS }, async () => {
  const text = Buffer.from(
    'time,Fp1,Fp2\n' + Array.from({ length: 80 }, (_, at) => `${at / 32},${at},${-at}`).join('\n'),
  )
  const edf = Buffer.concat([
    Buffer.from('0       '.padEnd(184) + '512     '.padEnd(52) + '1       1       1   '),
    Buffer.alloc(400, '1'),
  ])
  const broken = fc
    .tuple(fc.boolean(), fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 10 }))
    .map(([isEdf, edits]) => {
      const bytes = Buffer.from(isEdf ? edf : text)
      for (const [at, value] of edits) bytes[at % bytes.length] = value
      return bytes.toString('base64')
    })
  await fc.assert(
    fc.asyncProperty(broken, (eeg_signal) =>
      expectAnswer(
        'eeg',
        JSON.stringify({ type: 'inference_request', request_id: 'f', data: { eeg_signal } }),
      ),
    ),
    { numRuns: RUNS },
  )
  await expectHealthy('eeg')
})
