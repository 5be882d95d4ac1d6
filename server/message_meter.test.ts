import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MessageMeter } from './message_meter.ts'

interface TestFrame {
  isFin: boolean
  opcode: number
  payload: Uint8Array
  mask: Uint8Array | null
}

/** A frame in bytes; `isPlain` keeps the payload unchanged under a mask of zeros. */
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
        // At least one byte, for progress.
        .map((cuts) => [...cuts, 5000]),
      fc.integer({ min: 0, max: 3 }),
      (frames, cuts, offset) => {
        const meter = new MessageMeter()
        const bytes = Buffer.concat(frames.map((frame) => encode(frame, false)))
        const seen: Buffer[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const count = cuts[turn % cuts.length] ?? 5000
          // Chunks may start anywhere in their buffer.
          const home = Buffer.alloc(offset + Math.min(count, bytes.length - at))
          const chunk = home.subarray(offset)
          bytes.copy(chunk, 0, at)
          meter.read(chunk, (part) => seen.push(Buffer.from(part)))
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

interface SentMessage {
  opcode: 1 | 2
  /** Payload bytes of each frame. */
  lengths: number[]
  mask: Uint8Array | null
  hasPing: boolean
}

const LONG = 300 * 1024
const PARTS_MAX = 2 * 1024 ** 2

const sentMessage: fc.Arbitrary<SentMessage> = fc.record({
  opcode: fc.constantFrom(1, 2),
  lengths: fc.array(fc.constantFrom(0, 1, 125, 70_000, LONG, LONG + 1), {
    minLength: 1,
    maxLength: 4,
  }),
  mask,
  hasPing: fc.boolean(),
})

/** The frames of a message, with a ping after the first of several. */
function framesOf({ opcode, lengths, mask: key, hasPing }: SentMessage): TestFrame[] {
  const frames = lengths.map((length, index) => ({
    isFin: index === lengths.length - 1,
    opcode: index === 0 ? opcode : 0,
    payload: new Uint8Array(length).map((_, at) => (at * 31 + index) & 0xff),
    mask: key,
  }))
  if (hasPing) frames.splice(1, 0, { isFin: true, opcode: 9, payload: PING, mask: key })
  return frames
}

const PING = new Uint8Array([1, 2, 3])

/** Parses the bytes like ws: whole messages and pings, in order. The masks must be zero. */
function decode(bytes: Buffer): { opcode: number; payloads: Buffer[] }[] {
  const messages: { opcode: number; payloads: Buffer[] }[] = []
  let open: { opcode: number; payloads: Buffer[] } | null = null
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at)
    const second = bytes.readUInt8(at + 1)
    const short = second & 127
    const size = short === 126 ? 4 : short === 127 ? 10 : 2
    const length =
      size === 2
        ? short
        : size === 4
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2))
    at += size
    if ((second & 128) !== 0) {
      expect(bytes.readUInt32BE(at)).toBe(0)
      at += 4
    }
    const payload = bytes.subarray(at, at + length)
    at += length
    const opcode = first & 15
    if (opcode === 9) {
      messages.push({ opcode, payloads: [payload] })
      continue
    }
    expect(opcode === 0).toBe(open !== null)
    open ??= { opcode, payloads: [] }
    open.payloads.push(payload)
    if ((first & 128) === 0) continue
    messages.push(open)
    open = null
  }
  expect(open).toBeNull()
  return messages
}

it('passes long frames on in parts that make up the same messages', () => {
  fc.assert(
    fc.property(
      fc.array(sentMessage, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom(1, 3, 1000, 65_536, 400_000), { minLength: 1, maxLength: 8 }),
      (messages, cuts) => {
        const meter = new MessageMeter()
        meter.partsMax = PARTS_MAX
        const bytes = Buffer.concat(messages.flatMap(framesOf).map((frame) => encode(frame, false)))
        const seen: Buffer[] = []
        const sizes = [...cuts, 65_536]
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const end = Math.min(bytes.length, at + (sizes[turn % sizes.length] ?? 1))
          meter.read(Buffer.from(bytes.subarray(at, end)), (part) => seen.push(Buffer.from(part)))
          at = end
        }
        const got = decode(Buffer.concat(seen))
        const expected = messages.flatMap((message) => {
          const frames = framesOf(message)
          const payload = Buffer.concat(
            frames.filter(({ opcode }) => opcode !== 9).map((frame) => frame.payload),
          )
          const pings = frames.filter(({ opcode }) => opcode === 9).length
          return [{ isText: message.opcode === 1, payload, pings }]
        })
        const data = got.filter(({ opcode }) => opcode !== 9)
        const kinds = data.map(({ opcode }) =>
          opcode === 1 ? true : (meter.cameAsText.shift() ?? null),
        )
        expect(kinds).toEqual(expected.map(({ isText }) => isText))
        expect(meter.cameAsText).toEqual([])
        for (const [index, { payloads, opcode }] of data.entries()) {
          expect(Buffer.concat(payloads).equals(expected[index]?.payload ?? Buffer.of(1))).toBe(
            true,
          )
          // ws joins text.
          if (opcode === 1) expect(payloads.length).toBe(1)
          for (const { length } of payloads) expect(length).toBeLessThanOrEqual(400_000)
        }
        expect(got.length - data.length).toBe(expected.reduce((sum, { pings }) => sum + pings, 0))
      },
    ),
    { numRuns: 60 },
  )
})

it('leaves a frame that exceeds the limit as it was announced', () => {
  const meter = new MessageMeter()
  meter.partsMax = PARTS_MAX
  const frame = { isFin: true, opcode: 1, payload: new Uint8Array(PARTS_MAX + 1), mask: null }
  const seen: Buffer[] = []
  meter.read(encode(frame, false).subarray(0, 10), (part) => seen.push(part))
  expect(Buffer.concat(seen)).toEqual(encode(frame, true).subarray(0, 10))
})
