import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { indentLines, printable, printableJson, printableLines } from './printable.ts'

describe('text on one line', () => {
  it('cannot clear the screen, ring the bell or start a line', () => {
    expect(printable('\u001b[2Jgone\u0007\r\nnew\u009b1m')).toBe(
      '\\x1b[2Jgone\\x07\\x0d\\x0anew\\x9b1m',
    )
  })
  it('cannot be shown in another order than it has', () => {
    expect(printable('a\u202eb\u2066c\u2028d')).toBe('a\\u202eb\\u2066c\\u2028d')
  })
  it('keeps tabs and every letter', () => {
    expect(printable('\tläuft 你好 🙂 שלום')).toBe('\tläuft 你好 🙂 שלום')
  })
  it('stays as it is when it is made printable twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(printable(text))).toBe(printable(text))
      }),
    )
  })
})

describe('text of several lines', () => {
  it('keeps its line breaks, and marks those of a lone carriage return', () => {
    expect(printableLines('a\r\nb\nc\rd')).toBe('a\nb\nc\\x0dd')
  })
  it('is indented where it could pass for an entry', () => {
    expect(indentLines('a\n12:00:00 ERROR b')).toBe('a\n    12:00:00 ERROR b')
  })
})

it('printable JSON is the same value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printableJson(JSON.stringify({ [text]: text }))
      expect(JSON.parse(json)).toEqual({ [text]: text })
      expect(printable(json)).toBe(json)
    }),
  )
})
