import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MessageMeter } from './message_meter.ts'

interface TestFrame {
  isFin: boolean
  opcode: number
  payload: Uint8Array
  mask: Uint8Array | null
}

/** A frame in bytes; `isPlain` leaves the payload as it is under a mask of zeros. */
function encode({ isFin, opcode, payload, mask }: TestFrame, isPlain: boolean): Buffer {
  const { length } = payload
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const head = Buffer.alloc(size)
  head[0] = (isFin ? 0x80 : 0) | opcode
  head[1] = (mask === null ? 0 : 0x80) | (size === 2 ? length : size === 4 ? 126 : 127)
  if (size === 4) head.writeUInt16BE(length, 2)
  if (size === 10) head.writeBigUInt64BE(BigInt(length), 2)
  if (mask === null) return Buffer.concat([head, payload])
  const key = isPlain ? new Uint8Array(4) : mask
  return Buffer.concat([head, key, payload.map((byte, at) => byte ^ (key[at & 3] ?? 0))])
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(125, 126, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
)
const mask = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }))
const dataFrame = fc.record({
  isFin: fc.boolean(),
  opcode: fc.constantFrom(0, 1, 2),
  payload,
  mask,
})
const controlFrame = fc.record({
  isFin: fc.constant(true),
  opcode: fc.constantFrom(8, 9, 10),
  payload: fc.uint8Array({ maxLength: 125 }),
  mask,
})

it('takes off the masks and counts what is unfinished, however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(dataFrame, controlFrame), { maxLength: 6 }),
      fc
        .array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 20 })
        // However small they are: some progress.
        .map((cuts) => [...cuts, 5000]),
      fc.integer({ min: 0, max: 3 }),
      (frames, cuts, offset) => {
        const meter = new MessageMeter()
        const bytes = Buffer.concat(frames.map((frame) => encode(frame, false)))
        const seen: Buffer[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const count = cuts[turn % cuts.length] ?? 5000
          // Chunks may begin anywhere in their buffer.
          const home = Buffer.alloc(offset + Math.min(count, bytes.length - at))
          const chunk = home.subarray(offset)
          bytes.copy(chunk, 0, at)
          meter.read(chunk)
          seen.push(chunk)
          at += chunk.length
        }
        const plain = Buffer.concat(frames.map((frame) => encode(frame, true)))
        expect(Buffer.concat(seen).equals(plain)).toBe(true)
        const data = frames.filter(({ opcode }) => opcode < 8)
        const lastEnd = data.findLastIndex(({ isFin }) => isFin)
        const open = data.slice(lastEnd + 1)
        expect(meter.unfinishedBytes).toBe(open.reduce((sum, one) => sum + one.payload.length, 0))
        expect(meter.isWithin).toBe(open.length > 0)
        expect(meter.messages).toBe(data.filter(({ isFin }) => isFin).length)
      },
    ),
  )
})
