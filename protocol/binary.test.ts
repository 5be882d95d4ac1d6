import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinBinary } from './binary.ts'
import { parseClientMessage } from './parse_message.ts'

const place = (index: number, length: number) => ({ $attachment: index, length })
const request = (data: object) =>
  JSON.stringify({ type: 'inference_request', request_id: 'b', data })

it('what is joined is read back, whatever the bytes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 5 }),
      (raw) => {
        const header = request({ images: raw.map((bytes, index) => place(index, bytes.length)) })
        const parsed = parseClientMessage(joinBinary(header, raw), true)
        expect(parsed.ok && parsed.attachments.map((bytes) => [...bytes])).toEqual(
          raw.map((bytes) => [...bytes]),
        )
      },
    ),
  )
})

describe('a binary message that does not add up is refused with the fault', () => {
  const bytes = new Uint8Array(10)
  const cases: [string, Uint8Array, RegExp][] = [
    ['shorter than its length field', bytes.subarray(0, 3), /has 3 bytes/],
    [
      'a header longer than the message',
      Uint8Array.of(255, 0, 0, 0, 1),
      /header of 255 bytes and has 1/,
    ],
    ['no JSON in the header', joinBinary('{', []), /not JSON/],
    [
      'too few bytes',
      joinBinary(request({ image: place(0, 11) }), [bytes]),
      /11 bytes by .* 10 bytes in/,
    ],
    [
      'too many bytes',
      joinBinary(request({ image: place(0, 9) }), [bytes]),
      /9 bytes by .* 10 bytes in/,
    ],
    [
      'an index twice',
      joinBinary(request({ images: [place(0, 5), place(0, 5)] }), [bytes]),
      /named twice/,
    ],
    ['a gap', joinBinary(request({ images: [place(1, 10)] }), [bytes]), /attachment 0 is missing/],
    ['bytes that nobody names', joinBinary(request({}), [bytes]), /0 bytes by/],
    [
      'a broken place',
      joinBinary(request({ depth: { $attachment: 'x' } }), [bytes]),
      /\$attachment/,
    ],
  ]
  it.each(cases)('%s', (_title, message, words) => {
    const parsed = parseClientMessage(message, true)
    expect(parsed.ok ? '' : parsed.error.message).toMatch(words)
  })
  it('an attachment in a text message', () => {
    const parsed = parseClientMessage(Buffer.from(request({ image: place(0, 1) })))
    expect(parsed.ok ? '' : parsed.error.message).toMatch(/binary form/)
  })
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (raw) => {
        parseClientMessage(raw, true)
      }),
    )
  })
})
