import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InferenceRequest } from '../protocol/backend.ts'
import { joinBinary } from '../protocol/binary.ts'
import { readRoutedMessage } from '../protocol/parse_message.ts'
import { frameBytesFor, frameFor, streamIdOf, type Frame } from './frames.ts'

const native = { dialect: 'native', acceptsBinary: true } as const
const textOnly = { dialect: 'native', acceptsBinary: false } as const
const platform = { dialect: 'platform', acceptsBinary: false } as const
const facts = { backend: 'fatigue', unixSeconds: 1234567890.123 }

function received(data: Uint8Array, isBinary: boolean) {
  const frame: Frame = { data: Buffer.from(data), isBinary }
  const read = readRoutedMessage(frame.data, isBinary).step(Infinity)
  if (read?.ok !== true) throw read?.error ?? new Error('not read to its end')
  return { ...read, message: read.message as InferenceRequest, frame }
}
const text = (message: object | string) =>
  received(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), false)
const read = ({ data }: Frame) => JSON.parse(data.toString('utf8')) as Record<string, unknown>
const base = { type: 'inference_request', request_id: 'a' }

describe('to a native target', () => {
  it('goes the very frame that came, text and binary', () => {
    const words = text({ ...base, data: { image: 'abc' } })
    expect(frameFor(native, words, facts)).toBe(words.frame)
    const header = JSON.stringify({ ...base, data: { image: { $attachment: 0, length: 2 } } })
    const bytes = received(joinBinary(header, [Buffer.from([1, 2])]), true)
    expect(frameFor(native, bytes, facts)).toBe(bytes.frame)
    expect(frameBytesFor(native, bytes)).toBe(bytes.frame.data.length)
  })

  it('that reads text alone goes base64 in place of bytes, and the very frame of a text message', () => {
    const words = text({ ...base, data: { image: 'abc' } })
    expect(frameFor(textOnly, words, facts)).toBe(words.frame)
    const message = { ...base, mask: { $attachment: 1, length: 1 } }
    const header = { ...message, data: { image: { $attachment: 0, length: 2 }, top: 5 } }
    const parts = [Buffer.from([1, 2]), Buffer.from([255])]
    const one = received(joinBinary(JSON.stringify(header), parts), true)
    const frame = frameFor(textOnly, one, facts)
    expect(frame.isBinary).toBe(false)
    expect(read(frame)).toEqual({ ...base, mask: '/w==', data: { image: 'AQI=', top: 5 } })
    expect(frame.data.length).toBeLessThanOrEqual(frameBytesFor(textOnly, one))
  })
})

describe('to a platform target', () => {
  it('goes the same message with model_type and timestamp beside data, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.constantFrom('', ' ', '\n\t'),
        (data, space) => {
          const { image: _, images: __, timestamp: ___, ...rest } = data
          const message = { ...base, data: rest }
          const one = text(`${space}${JSON.stringify(message, null, space)}${space}`)
          expect(read(frameFor(platform, one, facts))).toEqual({
            ...(JSON.parse(JSON.stringify(message)) as object),
            model_type: 'fatigue',
            timestamp: 1234567890.123,
          })
        },
      ),
    )
  })

  it('a model_type and timestamp of the client stay', () => {
    const one = text({ ...base, model_type: 'mine', timestamp: 5, data: {} })
    expect(frameFor(platform, one, facts).data).toBe(one.frame.data)
    const half = text({ ...base, model_type: 'mine', data: {} })
    expect(read(frameFor(platform, half, facts))).toMatchObject({
      model_type: 'mine',
      timestamp: 1234567890.123,
    })
  })

  it('the attachments of a binary message become base64 where they are named', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), (parts) => {
        const named = parts.map(({ length }, index) => ({ $attachment: index, length }))
        const data = { rgb_frames: named, elapsed_time: 3, deep: { list: [1, 'x', null] } }
        const one = received(joinBinary(JSON.stringify({ ...base, data }), parts), true)
        const frame = frameFor(platform, one, facts)
        expect(frame.isBinary).toBe(false)
        expect(read(frame)).toEqual({
          ...base,
          model_type: 'fatigue',
          timestamp: 1234567890.123,
          data: { ...data, rgb_frames: parts.map((part) => Buffer.from(part).toString('base64')) },
        })
        expect(frame.data.length).toBeLessThanOrEqual(frameBytesFor(platform, one))
      }),
    )
  })
})

describe('streamIdOf', () => {
  it.each([
    [{ stream_id: 'cam' }, 'cam'],
    [{ stream_id: '' }, null],
    [{ stream_id: 7 }, null],
    [{ stream_id: null }, null],
    [{}, null],
  ])('%j', (data, id) => {
    expect(streamIdOf(text({ ...base, data }).message)).toBe(id)
  })
})
