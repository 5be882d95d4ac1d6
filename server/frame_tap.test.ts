import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { frameTapOf } from './frame_tap.ts'

/** The first `sent` bytes of an unmasked binary frame with `bytes` of payload. */
function beginning(bytes: number, sent: number): Buffer {
  const frame = Buffer.alloc(10 + sent)
  frame[0] = 0x82
  frame[1] = 127
  frame.writeUInt32BE(bytes, 6)
  return frame
}

it('has room again after a chunk of which nothing was passed on', () => {
  // Like the receiver of ws: after `false`, emits one `drain` when its input is processed.
  const receiver = { write: () => false, _maxPayload: 1024 ** 2 }
  const client = { _receiver: receiver, binaryType: 'nodebuffer' } as unknown as WebSocket
  frameTapOf(client)?.takeParts()
  const { write } = receiver as unknown as { write: (chunk: Buffer) => boolean }
  expect(write(beginning(600_000, 64 * 1024))).toBe(false)
  expect(write(Buffer.alloc(1000))).toBe(true)
})
