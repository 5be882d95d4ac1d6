import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePlainText, decodeText, encodeText, encodingOf } from './text_encoding.ts'

it.each(['utf-8', 'utf-16le', 'utf-16be'] as const)('a text in %s keeps its bytes', (encoding) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, hasMark) => {
      const marked = `${hasMark ? '\ufeff' : ''}a${text}`
      const bytes = encodeText(marked, encoding)
      expect(encodingOf(bytes)).toBe(encoding)
      expect(decodeText(bytes)).toBe(marked)
      expect(decodePlainText(bytes)).toBe(`a${text}`)
    }),
  )
})

describe('bytes that are not text', () => {
  it.each([
    [Buffer.from('a\nb\nf\xfcr', 'latin1'), 'line 3 is not valid UTF-8'],
    [Buffer.from([0xff, 0xfe, 0x61, 0x00, 0x00, 0xd8]), 'line 1 is not valid UTF-16LE'],
  ])('%o', (bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(message)
  })
})
