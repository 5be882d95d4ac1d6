import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonOutline } from './json_outline.ts'
import {
  checkJsonBounds,
  JSON_BLANKS_MAX,
  JSON_CONTAINERS_MAX,
  JSON_DEPTH_MAX,
  JSON_KEY_BYTES_MAX,
  JSON_MEMBERS_MAX,
  JSON_NUMBER_LENGTH_MAX,
  JSON_NUMBERS_MAX,
  JSON_STRINGS_MAX,
} from './json_scan.ts'
import { JSON_MIXED_ITEMS_MAX, JsonTree } from './json_tree.ts'
import { LongNumbers, numbersOf } from './long_numbers.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** The rejection's code and message; null if accepted. */
function refusalOf(text: string): string | null {
  try {
    checkJsonBounds(bytes(text))
    return null
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code}: ${message}`
  }
}

function built(text: string | Uint8Array, step: number): unknown {
  const tree = new JsonTree(typeof text === 'string' ? bytes(text) : text)
  while (!tree.step(step));
  return withNumbers(tree.value())
}

/** LongNumbers as plain arrays. */
function withNumbers(value: unknown): unknown {
  if (value instanceof LongNumbers) {
    while (!value.step());
    return numbersOf(value.text)
  }
  if (Array.isArray(value)) return value.map(withNumbers)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [key, withNumbers(one)] as const)
  // `fromEntries` also keeps `__proto__` as a key.
  return Object.fromEntries(entries)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON with one byte removed, inserted or changed. */
const damaged = fc
  .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:\\0123456789.eE+-tfnu \u0001'), fc.nat(2))
  .map(([text, at, letter, kind]) => {
    const place = at % (text.length + 1)
    const rest = text.slice(kind === 0 ? place : place + 1)
    return text.slice(0, place) + (kind === 1 ? '' : letter) + rest
  })

describe('the scan', () => {
  it('takes what JSON.parse takes, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.json(), damaged, fc.string()),
        fc.integer({ min: 1 }),
        (text, step) => {
          let isTaken = true
          try {
            built(text, step)
          } catch {
            isTaken = false
          }
          expect(isTaken).toBe(isJson(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 'ends too early'],
    ['{"a":NaN}', 'NaN at position 5; replace NaN and Infinity by null'],
    ['[-Infinity]', '-Infinity at position 1'],
    ['{"a":1,}', 'unexpected "}" at byte 7 where a key in quotes belongs'],
    ['{"a" 1}', 'where a ":" belongs'],
    ['[1]]', 'after the end'],
    ['"abc', 'a string has no end'],
    [`"${'a'.repeat(100)}\n"`, 'unexpected byte 0x0a at byte 101 in a string'],
    ['"\\x"', 'a wrong escape at byte 1'],
    [`"${'a'.repeat(100)}\\u00g0"`, 'a wrong escape at byte 101'],
    ['01', 'after the end'],
    ['[1.]', 'without digits behind its point at byte 1'],
    ['[1e+]', 'without digits in its exponent'],
    ['[tru]', 'unexpected'],
    ['[1 2]', 'unexpected "2" at byte 3'],
  ])('refuses %j as invalid_json', (text, sentence) => {
    expect(refusalOf(text)).toContain('invalid_json: the message is not JSON: ')
    expect(refusalOf(text)).toContain(sentence)
  })

  it.each([
    ['keys of one object', JSON_MEMBERS_MAX, (n: number) => `{${'"k":1,'.repeat(n - 1)}"k":1}`],
    [
      'keys of many objects',
      JSON_MEMBERS_MAX,
      (n: number) => `[${'{"k":1},'.repeat(n - 1)}{"k":1}]`,
    ],
    ['strings', JSON_STRINGS_MAX, (n: number) => `[${'"a",'.repeat(n - 1)}"a"]`],
    ['numbers', JSON_NUMBERS_MAX, (n: number) => `[true,false,null,${'1,'.repeat(n - 4)}1]`],
    ['containers', JSON_CONTAINERS_MAX, (n: number) => `[${'[],'.repeat(n - 2)}{}]`],
    ['levels', JSON_DEPTH_MAX, (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`],
    ['digits', JSON_NUMBER_LENGTH_MAX, (n: number) => '9'.repeat(n)],
    ['digits of a fraction', JSON_NUMBER_LENGTH_MAX, (n: number) => `1.${'9'.repeat(n - 2)}`],
    ['bytes of a key', JSON_KEY_BYTES_MAX, (n: number) => `{"${'k'.repeat(n)}":1}`],
    ['blanks', JSON_BLANKS_MAX, (n: number) => `[1,${' '.repeat(n)}2${'\n'.repeat(n)}]`],
  ])('takes as many %s as allowed, and no more', (_, limit, textOf) => {
    expect(refusalOf(textOf(limit))).toBeNull()
    const refusal = refusalOf(textOf(limit + 1))
    expect(refusal).toContain('too_large')
    expect(refusal).toContain(String(limit))
  })

  it('names the way for a recording of too many numbers or rows', () => {
    const rows = `{"eeg_signal":[${'[],'.repeat(JSON_CONTAINERS_MAX)}[]]}`
    expect(refusalOf(rows)).toContain(
      `the message holds more than ${JSON_CONTAINERS_MAX} objects and arrays; split it, or send a recording as an EDF file`,
    )
  })

  it('reads no further than a step, but for the rest of a number or word', () => {
    const text = bytes(`[${'1,'.repeat(500_000)}1]`)
    const tree = new JsonTree(text)
    let steps = 1
    while (!tree.step(10_000)) steps++
    expect(steps).toBe(Math.ceil(text.length / 10_000))
  })

  it('reads a long string in steps, too', () => {
    const tree = new JsonTree(bytes(`"${'a'.repeat(5_000_000)}"`))
    let steps = 1
    while (!tree.step(1000)) steps++
    expect(steps).toBeGreaterThan(4)
    expect(tree.value()).toBe('a'.repeat(1000))
  })
})

describe('JsonTree', () => {
  it('builds what JSON.parse builds, in whatever steps and parts', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 1, max: 1000 }), (text, step) => {
        expect(built(text, step)).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['rows', JSON.stringify(Array.from({ length: 30_000 }, (_, at) => [at, -at / 7]))],
    [
      'an object of many keys',
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k"${at}`, at])),
      ),
    ],
    [
      'large ones in an object',
      JSON.stringify({
        a: 1,
        'b\n': { c: 'x'.repeat(70_000), d: [] },
        e: ['y'.repeat(70_000), 2, ['z'.repeat(70_000)], 3],
        f: null,
      }),
    ],
    [
      'white space',
      `\n { "a" : [ ${' 1 ,'.repeat(60_000)} 2 ] , "b" : { "c" : [ ${'"é" , '.repeat(30_000)} "€" ] } , "d" : 5 } \t`,
    ],
    [
      'a key given twice',
      `{"a":[${'1,'.repeat(50_000)}1],"a":2,"b":1,"b":[${'1,'.repeat(50_000)}1]}`,
    ],
    ['__proto__', `{"__proto__":[${'1,'.repeat(50_000)}1],"b":{"__proto__":1}}`],
    ['a long empty one', `[${' '.repeat(100_000)}]`],
  ])('builds %s in parts', (_, text) => {
    const value = built(text, 10_000)
    expect(value).toEqual(JSON.parse(text))
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)))
  })

  it('knows type and request_id of what is refused later', () => {
    const tree = new JsonTree(
      bytes('{"type":"t","data":{"type":1},"request_id":"r\\"1","x":[1 2]}'),
    )
    expect(() => tree.step(Infinity)).toThrow('not JSON')
    expect(tree.valueSoFar()).toEqual({ type: 't', request_id: 'r"1' })
  })

  it('turns long strings of base64 into attachments, and leaves other long strings as they are', () => {
    const raw = Buffer.alloc(3_500_000, 'bytes')
    const base64 = raw.toString('base64')
    const text = `${'é'.repeat(2_500_000)}!`
    const value = {
      type: 'x',
      data: { image: base64, images: ['AAAA', `data:image/png;base64,${base64}`, 7], text },
      twice: 1,
    }
    const json = `${JSON.stringify(value).slice(0, -1)},"twice":"${base64}","twice":2}`
    const tree = new JsonTree(bytes(json))
    let steps = 1
    while (!tree.step(1_000_000)) steps++
    expect(steps).toBeGreaterThan(30)
    const attachment = (index: number) => ({ $attachment: index, length: raw.length })
    expect(tree.value()).toEqual({
      type: 'x',
      data: { image: attachment(0), images: ['AAAA', attachment(1), 7], text },
      twice: 2,
    })
    for (const one of tree.decoded.slice(0, 2)) expect(Buffer.compare(one, raw)).toBe(0)
  })

  it('turns shorter ones into attachments when the text is large', () => {
    const raw = Buffer.alloc(60_000, 'bytes')
    const images = Array.from({ length: 220 }, () => raw.toString('base64'))
    const few = new JsonTree(bytes(JSON.stringify({ images: images.slice(0, 200) })))
    while (!few.step(1_000_000));
    expect(few.decoded).toHaveLength(0)
    const many = new JsonTree(bytes(JSON.stringify({ images })))
    while (!many.step(1_000_000));
    expect(many.decoded).toHaveLength(220)
    expect(Buffer.compare(many.decoded[219] as Uint8Array, raw)).toBe(0)
  })

  const numbers = (bytesMin: number) => Array.from({ length: bytesMin / 2 }, (_, at) => at % 10)

  it.each([
    ['in an object', { x: numbers(70_000), y: [numbers(40_000), numbers(40_000)], z: [1] }, 2],
    ['before and after a word', { x: [numbers(70_000), 'a', numbers(70_000)] }, 1],
    ['before an object', { x: [[numbers(40_000)], [numbers(40_000)], { y: numbers(70_000) }] }, 1],
    ['with true, false and null', { x: [numbers(70_000), [true, false, null]] }, 1],
    ['and then a word', { x: [...numbers(900_000), 'a'] }, 0],
  ])('leaves long arrays of numbers as text: %s', (_name, value, count) => {
    const text = JSON.stringify({ ...value, end: 'e' })
    for (const step of [1000, 60_000, Infinity]) {
      const tree = new JsonTree(bytes(text))
      while (!tree.step(step));
      const found: LongNumbers[] = []
      JSON.stringify(tree.value(), (_key, one: unknown) => {
        if (!(one instanceof LongNumbers)) return one
        found.push(one)
        return null
      })
      expect(found).toHaveLength(count)
      expect(withNumbers(tree.value())).toEqual({ ...value, end: 'e' })
    }
  })

  it('takes the last of two keys when they hold numbers', () => {
    const long = JSON.stringify(numbers(70_000))
    expect(built(`{"x":${long},"x":1,"y":1,"y":${long}}`, 1000)).toEqual({
      x: 1,
      y: numbers(70_000),
    })
  })

  it.each([
    [
      'numbers of more than a mebibyte and then a word',
      `{"x":[${'1,'.repeat(600_000)}"a"]}`,
      /more than 1048576 bytes of numbers and then other values/,
    ],
    [
      'many items that are not numbers alone',
      `{"x":["a",${'1,'.repeat(JSON_MIXED_ITEMS_MAX)}1]}`,
      /more than 1000000 items in an array that is not numbers alone/,
    ],
  ])('refuses %s', (_name, text, message) => {
    expect(() => built(text, 64 * 1024)).toThrow(message)
  })

  it.each([
    ['a short string', 10],
    ['a long one', 5_000_000],
  ])('refuses bytes that are not UTF-8: %s', (_name, length) => {
    const text = Buffer.from(`{"x":"é${'a'.repeat(length)}","y":1}`)
    const at = text.length - 10
    text[at] = 0xff
    expect(() => built(text, 100_000)).toThrow(/is not UTF-8/)
  })

  it('leaves out a byte order mark', () => {
    expect(built('\ufeff{"a":1}', 4)).toEqual({ a: 1 })
  })

  it('reads a text that begins anywhere in its buffer', () => {
    const text = `["${'a'.repeat(200)}\\"${'b'.repeat(50)}"]`
    for (let offset = 0; offset < 5; offset++) {
      const buffer = new Uint8Array(offset + text.length)
      buffer.set(bytes(text), offset)
      expect(built(buffer.subarray(offset), 10)).toEqual(JSON.parse(text))
    }
  })
})

describe('JsonOutline', () => {
  const KEYS = {
    type: 'value',
    request_id: 'value',
    data: { image: 'value', images: 'values', stream_id: 'value' },
  } as const
  function outlineOf(text: string) {
    const outline = new JsonOutline(bytes(text), KEYS)
    while (!outline.step(100));
    return outline
  }

  it('has the wanted keys and no others', () => {
    const text = JSON.stringify({
      type: 't',
      other: { type: 'x' },
      data: { image: 'AA', stream_id: 's', rows: [[1], [2]], data: { image: 1 } },
      request_id: 'r',
    })
    expect(outlineOf(text).value()).toEqual({
      type: 't',
      data: { image: 'AA', stream_id: 's' },
      request_id: 'r',
    })
  })

  it('cuts what is long', () => {
    const long = 'A'.repeat(100_000)
    const text = JSON.stringify({
      type: long,
      data: { image: long, images: Array(300).fill(long), stream_id: { a: long } },
    })
    const value = outlineOf(text).value() as {
      type: string
      data: { image: string; images: string[]; stream_id: object }
    }
    expect(value.type.length).toBeGreaterThan(16_384)
    expect(value.data.image.length).toBeLessThan(50_000)
    expect(value.data.images[0]?.length).toBeLessThan(1024)
    expect(value.data.images).toHaveLength(257)
    expect(value.data.stream_id).toEqual({})
  })

  it('returns the range of the last value of a key', () => {
    const text = '{"data":1, "d\\u0061ta" : {"image" : "x"} , "type":"t"}'
    const outline = outlineOf(text)
    expect(outline.value()).toEqual({ data: { image: 'x' }, type: 't' })
    const { start, end } = outline.ranges.get('data') ?? { start: 0, end: 0 }
    expect(text.slice(start, end)).toBe('{"image" : "x"}')
    expect(outline.ranges.has('data.image')).toBe(true)
  })

  it('finds attachments wherever they are', () => {
    const text =
      '{"x":[[{"length":3,"$attachment":0}]],"data":{"images":[{"\\u0024attachment":1,"length":2}]}}'
    const outline = outlineOf(text)
    expect(
      outline.attachments.map(({ attachment, range }) => [
        attachment.$attachment,
        text[range.start],
        text[range.end - 1],
      ]),
    ).toEqual([
      [0, '{', '}'],
      [1, '{', '}'],
    ])
    expect(outline.value()).toEqual({ data: { images: [{ $attachment: 1, length: 2 }] } })
  })

  it.each(['[1,2]', '3', '"text"', 'null', ' [ ] '])(
    'has no keys of what is not an object: %s',
    (text) => {
      expect(outlineOf(text).ranges.size).toBe(0)
      expect(Array.isArray(outlineOf(text).value())).toBe(text.includes('['))
    },
  )
})
