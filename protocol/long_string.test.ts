import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LongString } from './long_string.ts'

/** Builds a LongString from a JSON string inside a text. */
function valueOf(json: string, step: number): Uint8Array | string {
  const before = '{"k":'
  const text = new TextEncoder().encode(`${before}${json}}`)
  const string = new LongString(text, { start: before.length, end: text.length - 1 })
  while (!string.step(step));
  return string.value()
}

const steps = fc.integer({ min: 1, max: 20 })

it('builds any string that is not base64, in whatever steps', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), steps, (text, step) => {
      const whole = `é${text}`
      expect(valueOf(JSON.stringify(whole), step)).toBe(whole)
      const escaped = [...Array(whole.length).keys()].map(
        (at) => `\\u${whole.charCodeAt(at).toString(16).padStart(4, '0')}`,
      )
      expect(valueOf(`"${escaped.join('')}"`, step)).toBe(whole)
      expect(valueOf(`"${'\\\\'.repeat(9)}${JSON.stringify(whole).slice(1)}`, step)).toBe(
        '\\'.repeat(9) + whole,
      )
    }),
  )
})

it('decodes base64, in whatever form and steps', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), steps, (raw, step) => {
      const bytes = Buffer.from(raw)
      const base64 = bytes.toString('base64')
      for (const json of [
        `"${base64}"`,
        `"${base64.replace(/=/g, '')}"`,
        `"${bytes.toString('base64url')}"`,
        `"${base64.replaceAll('/', '\\/')}"`,
        JSON.stringify(base64.replace(/(.{5})/g, '$1\r\n')),
        `"data:image/png;base64,${base64}"`,
      ]) {
        const value = valueOf(json, step)
        expect(typeof value).toBe('object')
        expect(Buffer.from(value as Uint8Array).equals(bytes)).toBe(true)
        expect((value as Uint8Array).byteOffset).toBe(0)
      }
    }),
  )
})

it.each([
  'AAAA!',
  'AAAAA',
  'AA=A',
  'A===',
  'AAAA====',
  'é',
  'data:image/png,AAAA',
  'data:AAAA',
  'data:;base64,A!',
])('leaves %s a string', (text) => {
  expect(valueOf(JSON.stringify(text), 3)).toBe(text)
})
