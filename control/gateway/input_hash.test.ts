/** The hash of an input: what it depends on, and what it does not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashInput, InputHash } from './input_hash.ts'

const key = fc.string().filter((text) => text !== 'timestamp' && text !== '__proto__')
const data = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true })
/** JSON has no -0, and neither has a message. */
const asSent = (value: object) => JSON.parse(JSON.stringify(value)) as object
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)])
}

describe('hashInput', () => {
  it('is the same for the same data in another order and at another time', () => {
    fc.assert(
      fc.property(data, fc.double(), (value, timestamp) => {
        const sent = asSent(value)
        const reversed = Object.fromEntries(Object.entries(sent).reverse())
        expect(hashInput({ ...reversed, timestamp }, [])).toBe(hashInput(sent, []))
      }),
    )
  })

  it('differs for different data', () => {
    fc.assert(
      fc.property(data, data, (a, b) => {
        const [first, second] = [asSent(a), asSent(b)]
        const isSame = JSON.stringify(sorted(first)) === JSON.stringify(sorted(second))
        expect(hashInput(first, []) === hashInput(second, [])).toBe(isSame)
      }),
    )
  })

  it.each([
    ['a text and its parts', { x: ['ab'] }, { x: ['a', 'b'] }],
    ['a number and its text', { x: 1 }, { x: '1' }],
    ['null and what is not there', { x: null }, {}],
    ['an empty list and an empty object', { x: [] }, { x: {} }],
    ['a deeper timestamp', { x: { timestamp: 1 } }, { x: { timestamp: 2 } }],
    ['long texts that differ at the end', { x: `${'a'.repeat(9999)}b` }, { x: 'a'.repeat(10_000) }],
  ])('tells apart: %s', (_, a, b) => {
    expect(hashInput(a, [])).not.toBe(hashInput(b, []))
  })

  it('covers the attachments and where one ends', () => {
    const bytes = Buffer.from('abcd')
    const whole = hashInput({}, [bytes])
    expect(hashInput({}, [Buffer.from('abcd')])).toBe(whole)
    expect(hashInput({}, [bytes.subarray(0, 2), bytes.subarray(2)])).not.toBe(whole)
    expect(hashInput({}, [])).not.toBe(whole)
  })

  it('takes more values than fit into its buffer', () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => [index, -index])
    const changed = rows.map(([a, b], index) => [a, index === 29_999 ? 1 : b])
    expect(hashInput({ rows }, [])).not.toBe(hashInput({ rows: changed }, []))
    const words = Array.from({ length: 2000 }, (_, index) => '€'.repeat(index % 256))
    expect(hashInput({ words }, [])).toBe(hashInput({ words: [...words] }, []))
  })
})

describe('InputHash', () => {
  it('reads its input once', () => {
    const image = { text: 'a' }
    const hash = new InputHash(image, [])
    const first = hash.get()
    image.text = 'b'
    expect(hash.get()).toBe(first)
    expect(first).toBe(hashInput({ text: 'a' }, []))
  })
})
