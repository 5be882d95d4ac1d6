import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { SHRINK_FROM_BYTES } from '../protocol/sent_picture.ts'
import { tiffFile } from '../testing/tiff_file.ts'
import type { CommandContext } from './command.ts'
import { testFiles } from './inference.ts'
import { isLargePicture, shrunkInput } from './shrunk_input.ts'

type Message = Record<string, unknown>

const folder = mkdtempSync(path.join(tmpdir(), 'shrunk-'))
const WIDTH = 2000
const HEIGHT = 1500
const file = (name: string) => path.join(folder, name)

/** Noise, so that no codec makes it small; the left half is dark. */
function noise() {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3)
  let state = 1
  for (let at = 0; at < pixels.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const isLeft = Math.floor(at / 3) % WIDTH < WIDTH / 2
    pixels[at] = ((state >>> 16) % 100) + (isLeft ? 0 : 150)
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
let imageSize: object | undefined
let received: { width: number; height: number }[] = []

beforeAll(async () => {
  writeFileSync(file('large.png'), await noise().png().toBuffer())
  server.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      void answer(bytes).then((reply) => {
        socket.send(JSON.stringify(reply))
      })
    })
  })
})

async function answer(bytes: Buffer): Promise<object> {
  const message = JSON.parse(bytes.toString('utf8')) as Message
  if (message['type'] === 'health_check') {
    return { type: 'pong', status: 'healthy', ...(imageSize && { image_size: imageSize }) }
  }
  const { image } = message['data'] as { image: string }
  const { width, height } = await sharp(Buffer.from(image, 'base64')).metadata()
  received.push({ width, height })
  const box = { x: 0, y: 0, width: width / 2, height }
  return {
    type: 'inference_response',
    request_id: message['request_id'],
    data: { prediction: 'dark', image: { width, height }, detections: [{ box }] },
  }
}

afterAll(() => {
  for (const client of server.clients) client.terminate()
  server.close()
  rmSync(folder, { recursive: true })
})

async function runTest(options: { sendOriginal?: true } = {}) {
  received = []
  let printed = ''
  let noted = ''
  const { port } = server.address() as AddressInfo
  const none = () => Promise.resolve(null)
  const context: CommandContext = {
    isJson: true,
    rootDir: folder,
    stateDir: folder,
    configFile: file('models.yaml'),
    isFileGiven: false,
    panel: () => Promise.reject(new Error('no panel')),
    panelIfAny: none,
    print: (text) => (printed += text),
    note: (text) => (noted += text),
    signal: new AbortController().signal,
  }
  const at = `ws://127.0.0.1:${port}`
  const target = { backend: 'third', at, repeat: 1, timeout: 60 }
  const code = await testFiles(context, [file('large.png')], { ...target, ...options })
  const { results } = JSON.parse(printed) as { results: Message[] }
  return { code, noted, result: results[0] }
}

describe('a picture above 4 MiB', () => {
  it('is sent smaller to a backend that states its size, and its boxes are those of the file', async () => {
    imageSize = { width: 400, height: 100 }
    const { code, noted, result } = await runTest()
    expect(code).toBe(0)
    expect(received).toEqual([{ width: 400, height: 300 }])
    expect(noted).toMatch(
      /large\.png: sent as 400 x 300 JPEG, 0\.\d MiB instead of \d\.\d MiB\. --send-original/,
    )
    expect(result).toMatchObject({
      sent: { width: 400, height: 300, type: 'image/jpeg' },
      reply: {
        data: {
          image: { width: WIDTH, height: HEIGHT },
          detections: [{ box: { x: 0, y: 0, width: WIDTH / 2, height: HEIGHT } }],
        },
      },
    })
  })

  it.each([
    ['that states none', undefined, {}],
    ['that uses every pixel', { width: WIDTH, height: HEIGHT }, {}],
    ['whose size is not one', { width: 'wide' }, {}],
    ['with --send-original', { width: 400, height: 100 }, { sendOriginal: true as const }],
  ])('is sent as it is to a backend %s', async (_, size, options) => {
    imageSize = size
    const { noted, result } = await runTest(options)
    expect(received).toEqual([{ width: WIDTH, height: HEIGHT }])
    expect(noted).toBe('')
    expect(result).not.toHaveProperty('sent')
  })
})

describe('what is sent instead', () => {
  const wanted = { width: 80, height: 80 }
  const inputOf = (bytes: Buffer) => ({ file: 'x', kind: 'image' as const, key: 'image', bytes })

  it('is upright by the EXIF orientation', async () => {
    const turned = await noise().rotate(-90).withMetadata({ orientation: 6 }).png().toBuffer()
    const shrunk = await shrunkInput(inputOf(turned), wanted)
    expect(shrunk).toMatchObject({
      original: { width: WIDTH, height: HEIGHT },
      sent: { width: 107, height: 80 },
    })
    const leftHalf = await sharp(shrunk?.input.bytes)
      .extract({ left: 0, top: 0, width: 40, height: 80 })
      .png()
      .toBuffer()
    const { channels } = await sharp(leftHalf).stats()
    expect(channels[0]?.mean).toBeLessThan(70)
  })

  it.each<[string, Buffer]>([
    [
      'a TIFF, whose samples only the backend reads right',
      tiffFile({ width: 3000, height: 1500, pixels: Buffer.alloc(4_500_000, 9) }),
    ],
    ['anything but a picture', Buffer.alloc(SHRINK_FROM_BYTES + 1, 'words ')],
  ])('is nothing for %s', async (_, bytes) => {
    expect(isLargePicture(inputOf(bytes))).toBe(true)
    expect(await shrunkInput(inputOf(bytes), wanted)).toBeNull()
  })
})
