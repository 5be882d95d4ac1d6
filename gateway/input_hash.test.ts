import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinBinary } from '../protocol/binary.ts'
import { readRoutedMessage } from '../protocol/parse_message.ts'
import { InputHash, inputOf } from './input_hash.ts'

function hashOf(frame: Uint8Array, isBinary = false): string {
  const read = readRoutedMessage(frame, isBinary).step(Infinity)
  if (read?.ok !== true) throw new Error(`not a message: ${read?.error.message}`)
  return new InputHash(inputOf(read)).get()
}
const hashOfText = (text: string) => hashOf(Buffer.from(text))
const hashOfData = (data: object, more: object = {}) =>
  hashOfText(JSON.stringify({ type: 'inference_request', request_id: 'a', ...more, data }))

const data = fc.dictionary(
  fc.string().filter((key) => !['timestamp', 'image', 'images', '__proto__'].includes(key)),
  fc.jsonValue({ maxDepth: 3 }),
  { noNullPrototype: true },
)

describe('the hash of an input', () => {
  it('is the same for the same data in another request and at another time', () => {
    fc.assert(
      fc.property(data, fc.string({ minLength: 1 }), fc.nat(), (value, id, timestamp) => {
        const first = hashOfData({ ...value, timestamp: 1 })
        expect(hashOfData({ ...value, timestamp }, { request_id: id, timestamp })).toBe(first)
      }),
    )
  })

  it('differs for different data', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        const isSame = JSON.stringify(a) === JSON.stringify(b)
        expect(hashOfData(a) === hashOfData(b)).toBe(isSame)
      }),
    )
  })

  it.each([
    ['a text and its parts', { x: ['ab'] }, { x: ['a', 'b'] }],
    ['a deeper timestamp', { x: { timestamp: 1 } }, { x: { timestamp: 2 } }],
    ['long texts that differ at the end', { x: `${'a'.repeat(9999)}b` }, { x: 'a'.repeat(10_000) }],
    [
      'what stands before a timestamp and behind it',
      { a: 1, timestamp: 1 },
      { timestamp: 1, a: 1 },
    ],
  ])('distinguishes: %s', (_, a, b) => {
    expect(hashOfData(a)).not.toBe(hashOfData(b))
  })

  it('covers the last of two `data`, and no timestamp of the first', () => {
    const rest = '"type":"inference_request","request_id":"a"'
    const whole = hashOfText(`{"data":{"x":1},${rest}}`)
    expect(hashOfText(`{"data":{"timestamp":5},"data":{"x":1},${rest}}`)).toBe(whole)
  })

  it('covers the attachments and where one ends', () => {
    const message = (...lengths: number[]) => {
      const images = lengths.map((length, index) => ({ $attachment: index, length }))
      const header = JSON.stringify({
        type: 'inference_request',
        request_id: 'a',
        data: { images },
      })
      return joinBinary(header, [Buffer.from('abcd')])
    }
    expect(hashOf(message(4), true)).toBe(hashOf(message(4), true))
    expect(hashOf(message(2, 2), true)).not.toBe(hashOf(message(1, 3), true))
    const other = message(4)
    other[other.length - 1] = 0
    expect(hashOf(other, true)).not.toBe(hashOf(message(4), true))
  })
})

describe('InputHash', () => {
  it('reads its input once', () => {
    const bytes = Buffer.from('a')
    const hash = new InputHash([bytes])
    const first = hash.get()
    bytes[0] = 0
    expect(hash.get()).toBe(first)
  })
})

it('a large input has the same hash in turns as in one go', async () => {
  const bytes = Buffer.alloc(5_000_000, 'ab')
  const whole = new InputHash([bytes]).get()
  const inTurns = new InputHash([bytes])
  inTurns.getInTurns()
  await new Promise((resolve) => setTimeout(resolve))
  expect(inTurns.get()).toBe(whole)
})
