import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from './base64.ts'

const decode = (text: string) => Buffer.from(decodeBase64(text, 'data.image')).toString('latin1')

describe('base64 decodes', () => {
  it('any bytes, standard and URL-safe, padded or not, into a separate buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => {
        const bytes = Buffer.from(raw)
        for (const text of [bytes.toString('base64'), bytes.toString('base64url')]) {
          const decoded = decodeBase64(text, 'x')
          expect(Buffer.compare(decoded, bytes)).toBe(0)
          expect(decoded.byteLength).toBe(decoded.buffer.byteLength)
        }
      }),
    )
  })
  it('a data URL', () => {
    expect(decode('data:image/png;base64,aGVsbG8=')).toBe('hello')
  })
  it('a text broken into lines', () => {
    expect(decode('aGVs\r\nbG8=\n')).toBe('hello')
  })
  it('an empty text to no bytes', () => {
    expect(decode('')).toBe('')
  })
})

describe('a text that is not base64 is refused with the fault', () => {
  it.each([
    ['a foreign character', 'aGV!bG8=', /data\.image is not base64: character "!" at position 3/],
    ['a cut text', 'aGVsb', /5 characters are not a whole number of bytes/],
    ['padding in the middle', 'aGVs=bG8', /not base64/],
    ['a data URL without base64', 'data:image/svg+xml,<svg/>', /without ";base64,"/],
    ['a data URL without a comma', 'data:image/png;base64', /without ";base64,"/],
  ])('%s', (_title, text, words) => {
    expect(() => decode(text)).toThrow(words)
  })
})
