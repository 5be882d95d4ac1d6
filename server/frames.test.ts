/** How ws handles malicious frames; the project relies on it. */
import { once } from 'node:events'
import { deflateRawSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { closeTestPorts, openTestPort } from './testing/open_port.ts'
import { rawClient, upgradeLines } from './testing/raw_client.ts'

afterEach(closeTestPorts)

const FIN = 0x80
/** Bit 1 of RFC 7692: the payload is compressed. */
const COMPRESSED = 0x40
const CONTINUATION = 0
const BINARY = 2
const CLOSE = 8

/** A masked frame of at most 65,535 bytes; the mask of zeros keeps the payload unchanged. */
function frame(first: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(3)
  length.writeUInt8(126 | 0x80, 0)
  length.writeUInt16BE(payload.length, 1)
  const head = payload.length < 126 ? Buffer.from([payload.length | 0x80]) : length
  return Buffer.concat([Buffer.from([first]), head, Buffer.alloc(4), payload])
}

/** Sends frames after a handshake; returns the code of the received close frame. */
async function closeCodeAfter(port: number, ...frames: Buffer[]): Promise<number> {
  const { socket, received } = rawClient(port)
  socket.write(
    `${upgradeLines('/echo', 'Sec-WebSocket-Extensions: permessage-deflate').join('\r\n')}\r\n\r\n`,
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /)
  expect(head.toString('latin1')).not.toMatch(/sec-websocket-extensions/i)
  socket.write(Buffer.concat(frames))
  socket.on('data', (chunk: Buffer) => {
    if (chunk[0] === (FIN | CLOSE)) socket.end()
  })
  const all = Buffer.from(await received, 'latin1')
  const at = all.indexOf(Buffer.from([FIN | CLOSE]), head.length)
  return all.readUInt16BE(at + 2)
}

it('compression is not agreed on, and a compressed bomb is refused without being unpacked', async () => {
  const { port } = await openTestPort()
  const bomb = deflateRawSync(Buffer.alloc(30 * 1024 * 1024))
  expect(bomb.length).toBeLessThan(65_535)
  expect(await closeCodeAfter(port, frame(FIN | COMPRESSED | BINARY, bomb))).toBe(1002)
})

it('a message over the limit is refused by its announced length, before it comes', async () => {
  const { port } = await openTestPort()
  const whole = frame(FIN | BINARY, Buffer.alloc(1001))
  expect(await closeCodeAfter(port, whole.subarray(0, 8))).toBe(1009)
})

it('the parts of a message count together', async () => {
  const { port } = await openTestPort()
  const part = Buffer.alloc(600)
  expect(await closeCodeAfter(port, frame(BINARY, part), frame(CONTINUATION, part))).toBe(1009)
})

it('a flood of empty parts is refused', async () => {
  const { port } = await openTestPort()
  const flood = Array.from({ length: 16_385 }, () => frame(CONTINUATION))
  expect(await closeCodeAfter(port, frame(BINARY), ...flood)).toBe(1008)
})

it('a frame that is not masked is refused', async () => {
  const { port } = await openTestPort()
  expect(await closeCodeAfter(port, Buffer.from([FIN | BINARY, 0]))).toBe(1002)
})

it('a client of the ws package that offers compression is served without it', async () => {
  const { port } = await openTestPort()
  const client = new WebSocket(`ws://127.0.0.1:${port}/echo`, { perMessageDeflate: true })
  await once(client, 'open')
  expect(client.extensions).toBe('')
  client.send('hello')
  expect(String((await once(client, 'message'))[0])).toBe('hello')
  client.close()
})
