// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from 'vitest'
import { SHRINK_FROM_BYTES } from '../../protocol/sent_picture.ts'
import type { InferenceClient, Outcome } from '../api/inference_client.ts'
import type { SentMessage } from '../api/sent_message.ts'
import type { Shrink } from '../api/shrunk_picture.ts'
import { aBackend, aPlane } from '../../testing/views.ts'
import { usePanel } from './panel_store.ts'
import { createPlaygroundSender } from './playground_send.ts'
import { usePlayground } from './playground_store.ts'
import { useUi } from './ui_store.ts'

const LARGE = SHRINK_FROM_BYTES + 1
const small = new Blob(['jpeg'], { type: 'image/jpeg' })
const pictureOf = (bytes: number) =>
  new File([new Uint8Array(bytes)], 'large.png', { type: 'image/png' })

/** Answers every request with one box and records it. */
function createSender(shrink?: Shrink) {
  const sent: { backend: string; message: SentMessage }[] = []
  const asked: string[] = []
  const box = { x: 10, y: 20, width: 30, height: 40 }
  const answer: Outcome = {
    phase: 'answered',
    reply: {
      type: 'inference_response',
      request_id: 'a',
      data: { image: { width: 100, height: 50 }, detections: [{ box }] },
    },
    receivedText: 'word for word',
    roundTripMs: 1,
  }
  const client: InferenceClient = {
    run: (backend, _id, message) => {
      sent.push({ backend, message })
      return Promise.resolve(answer)
    },
    dispose: () => undefined,
  }
  const half: Shrink = (_file, wanted) => {
    asked.push(`${wanted.width}x${wanted.height}`)
    return Promise.resolve({
      file: small,
      sent: { width: 100, height: 50 },
      original: { width: 400, height: 200 },
    })
  }
  return { sender: createPlaygroundSender(client, shrink ?? half), sent, asked }
}

const newestExchange = () => usePlayground.getState().runs[0]?.exchanges[0]

beforeEach(() => {
  const size = { width: 64, height: 64 }
  const backends = [
    aBackend({ name: 'emotion', image_size: size }),
    aBackend({ name: 'fatigue', image_size: size }),
    aBackend({ name: 'third', runtime: 'external', image_size: null }),
  ]
  usePanel.setState({
    connection: { phase: 'open' },
    snapshot: { plane: aPlane(), backends, gpus: null },
  })
  useUi.setState({ shrinkPictures: true })
  usePlayground.setState({
    runs: [],
    input: null,
    currentRunId: null,
    targets: { image: null, eeg: null },
  })
})

describe('a picture over the limit', () => {
  test('is sent smaller, and the answer is in pixels of the original', async () => {
    const { sender, sent } = createSender()
    await sender.take([pictureOf(LARGE)], 'emotion')
    expect(sent.map(({ message }) => message.file)).toEqual([small])
    expect(newestExchange()).toMatchObject({
      sent: { file: small },
      shrunk: { sent: { width: 100 }, original: { width: 400 } },
      outcome: {
        receivedText: 'word for word',
        reply: {
          data: {
            image: { width: 400, height: 200 },
            detections: [{ box: { x: 40, y: 80, width: 120, height: 160 } }],
          },
        },
      },
    })
  })

  test('is scaled once for backends that want the same size', async () => {
    const { sender, sent, asked } = createSender()
    usePlayground.setState({ targets: { image: ['emotion', 'fatigue'], eeg: null } })
    await sender.take([pictureOf(LARGE)])
    await sender.run()
    expect(sent).toHaveLength(4)
    expect(asked).toEqual(['64x64'])
  })

  test('is checked against a golden result in the same way', async () => {
    const { sender, sent } = createSender()
    const outcome = await sender.ask('emotion', { kind: 'image', file: pictureOf(LARGE) })
    expect(sent[0]?.message.file).toBe(small)
    expect(outcome).toMatchObject({ reply: { data: { image: { width: 400 } } } })
  })

  test.each<[string, () => ReturnType<typeof createSender>, string]>([
    ['for a backend that states no size', createSender, 'third'],
    [
      'when the switch is off',
      () => {
        useUi.setState({ shrinkPictures: false })
        return createSender()
      },
      'emotion',
    ],
    ['when nothing is gained', () => createSender(() => Promise.resolve(null)), 'emotion'],
    [
      'when the browser cannot scale it',
      () => createSender(() => Promise.reject(new Error('no canvas'))),
      'emotion',
    ],
  ])('is sent as it is %s', async (_, create, backend) => {
    const { sender, sent } = create()
    const picture = pictureOf(LARGE)
    await sender.take([picture], backend)
    expect(sent[0]?.message.file).toBe(picture)
    expect(newestExchange()).not.toHaveProperty('shrunk')
    expect(newestExchange()).toMatchObject({
      outcome: { reply: { data: { image: { width: 100 } } } },
    })
  })
})

test('a picture at the limit is sent as it is', async () => {
  const { sender, sent, asked } = createSender()
  const picture = pictureOf(SHRINK_FROM_BYTES)
  await sender.take([picture], 'emotion')
  expect(sent[0]?.message.file).toBe(picture)
  expect(asked).toEqual([])
})
