/** The CLI with external servers: platform dialect, silent ones, invalid replies. */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { BUILTIN_BACKENDS } from '../protocol/builtin_backends.ts'
import type { DialectName } from '../protocol/config.ts'
import type { BackendClient } from '../client/backend_client.ts'
import { ask, connectTo, inputFor, readInput, readRequest } from './wire.ts'

let folder: string
let picture: string
let close: (() => void)[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wire-'))
  picture = path.join(folder, 'face.jpg')
  writeFileSync(picture, Buffer.from([0xff, 0xd8, 0xff]))
})
afterEach(() => {
  for (const end of close) end()
  close = []
  rmSync(folder, { recursive: true })
})

type Message = Record<string, unknown>

/** A server that passes each message to `answer`. */
async function linkTo(
  answer: (socket: WebSocket, bytes: Buffer) => void,
  { dialect = 'native', timeoutMs = 30_000 }: { dialect?: DialectName; timeoutMs?: number } = {},
): Promise<BackendClient> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => {
      answer(socket, bytes)
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const link = await connectTo({
    backend: 'fatigue',
    url: `ws://127.0.0.1:${port}`,
    token: null,
    dialect,
    acceptsBinary: false,
    timeoutMs,
    signal: new AbortController().signal,
  })
  close.push(() => {
    void link.close()
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return link
}

describe('a link of the command line', () => {
  it('speaks the dialect of the platform, and reads its answer', async () => {
    const received: Message[] = []
    const link = await linkTo(
      (socket, bytes) => {
        const message = JSON.parse(bytes.toString('utf8')) as Message
        received.push(message)
        const result = { status: 'success', predictions: { prediction: 'tired' }, latency_ms: 7 }
        const { request_id } = message
        socket.send(JSON.stringify({ type: 'inference_response', request_id, result }))
      },
      { dialect: 'platform' },
    )
    const { reply } = await ask(link, await readInput(picture))
    expect(reply).toMatchObject({
      type: 'inference_response',
      data: { prediction: 'tired' },
      timing: { total_ms: 7 },
    })
    expect(received).toMatchObject([{ model_type: 'fatigue', data: { image: '/9j/' } }])
  })

  it('takes an error without an id for its own', async () => {
    const link = await linkTo((socket) => {
      socket.send(JSON.stringify({ type: 'error', error: 'model not loaded' }))
    })
    const { reply } = await ask(link, await readInput(picture))
    expect(reply).toMatchObject({ type: 'error', code: 'not_ready', error: 'model not loaded' })
  })

  it('does not wait for ever, and shows what arrived instead of a reply', async () => {
    const link = await linkTo(
      (socket) => {
        socket.send('{"type":"welcome"}')
      },
      { timeoutMs: 100 },
    )
    const { reply } = await ask(link, await readInput(picture))
    expect(reply).toMatchObject({ type: 'error', code: 'timeout' })
    expect(reply['error']).toMatch(
      /did not reply within 0\.1 s\. .*type "welcome".*--timeout SECONDS/,
    )
  })

  it('answers `internal` when the reply is not valid JSON', async () => {
    const link = await linkTo((socket) => {
      socket.send('{"type":"inference_response","data":{"x":NaN}}')
    })
    expect((await ask(link, await readInput(picture))).reply).toMatchObject({
      code: 'internal',
      error: expect.stringContaining('NaN at position 41'),
    })
  })

  it('sends a request as it is written, with many frames, and fills in what is missing', async () => {
    const received: Message[] = []
    const link = await linkTo((socket, bytes) => {
      const message = JSON.parse(bytes.toString()) as Message
      received.push(message)
      const { request_id, data } = message
      socket.send(JSON.stringify({ type: 'inference_response', request_id, data }))
    })
    const file = path.join(folder, 'request.json')
    const data = { rgb_frames: ['a', 'b'], eeg_signal: [[1, 2]], elapsed_time: 3 }
    writeFileSync(file, JSON.stringify({ data }))
    const { reply } = await ask(link, await readRequest(file))
    expect(reply).toMatchObject({ type: 'inference_response', data })
    expect(received).toMatchObject([{ type: 'inference_request', data }])
  })

  it('takes a request from stdin, and a pong for the answer to a health check', async () => {
    const link = await linkTo((socket) => {
      socket.send('{"type":"pong","status":"healthy"}')
    })
    const stdin = Readable.from([Buffer.from('{"type":'), Buffer.from('"health_check"}')])
    const { reply } = await ask(link, await readRequest('-', stdin))
    expect(reply).toEqual({ type: 'pong', status: 'healthy' })
  })

  it.each([
    ['[1]', /is not a JSON object/],
    ['{"data":', /is not valid JSON/],
  ])('refuses the request %s before it connects', async (text, why) => {
    const file = path.join(folder, 'request.json')
    writeFileSync(file, text)
    await expect(readRequest(file)).rejects.toThrow(why)
  })

  const table = '1\t2\n3\t4\n'
  const keyCases: [string, string, object | null, string][] = [
    ['rest.edf', 'x', null, 'eeg_signal'],
    ['rest.BDF', 'x', null, 'eeg_signal'],
    ['rest.gdf', 'x', null, 'eeg_signal'],
    ['rest.vhdr', 'x', null, 'eeg_signal'],
    ['rest_raw.fif', 'x', null, 'eeg_signal'],
    ['rest.csv', table, null, 'eeg_signal'],
    ['rest.tsv', table, null, 'eeg_signal'],
    ['rest.txt', table, null, 'eeg_signal'],
    ['face.png', 'x', null, 'image'],
    ['face', 'x', null, 'image'],
    ['rest.csv', 'no numbers', BUILTIN_BACKENDS.eeg, 'eeg_signal'],
    ['face', 'x', { accepts: [{ kind: 'image', name: 'photo' }], returns: [] }, 'photo'],
  ]
  it.each(keyCases)(
    'sends %s of %j to a backend with the descriptor %j as %s',
    async (name, text, descriptor, key) => {
      const file = path.join(folder, name)
      writeFileSync(file, text)
      const link = await linkTo((socket, bytes) => {
        const { type, request_id, data = {} } = JSON.parse(bytes.toString()) as Message
        const pong = { type: 'pong', status: 'healthy', descriptor }
        const reply = {
          type: 'inference_response',
          request_id,
          data: { keys: Object.keys(data as object) },
        }
        socket.send(JSON.stringify(type === 'health_check' ? pong : reply))
      })
      const pong = await link.healthCheck()
      const input = inputFor(pong.descriptor ?? null, await readInput(file))
      const { reply } = await ask(link, input)
      expect(reply).toMatchObject({ data: { keys: [key, 'timestamp'] } })
    },
  )

  it('answers what was under way when the connection closes', async () => {
    const link = await linkTo((socket) => {
      socket.close(4001)
    })
    const { reply } = await ask(link, await readInput(picture))
    expect(reply).toMatchObject({
      code: 'backend_lost',
      error: expect.stringMatching(/^fatigue closed the connection .*close code 4001/),
    })
    expect((await ask(link, await readInput(picture))).reply).toMatchObject({
      code: 'backend_lost',
    })
  })
})
