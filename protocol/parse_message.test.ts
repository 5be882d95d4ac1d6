import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REQUEST_ID_ECHO_MAX } from './backend.ts'
import { JSON_DEPTH_MAX } from './json_scan.ts'
import { parseClientMessage } from './parse_message.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const parse = (value: unknown) => parseClientMessage(bytes(JSON.stringify(value)))
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

describe('a message that is none of the protocol is answered with what is wrong', () => {
  const cases: [title: string, text: string, code: string, words: RegExp][] = [
    ['text that is not JSON', 'hello', 'invalid_json', /not JSON/],
    [
      'NaN, as json.dumps writes it',
      '{"type":"inference_request","request_id":"1","data":{"x":NaN}}',
      'invalid_json',
      /not JSON: NaN at position 57; replace NaN and Infinity by null, .*allow_nan=False/,
    ],
    [
      'a negative infinity',
      '{"data":{"Infinity":[1,-Infinity]}}',
      'invalid_json',
      /not JSON: -Infinity at position 23/,
    ],
    ['an empty message', '', 'invalid_json', /not JSON/],
    ['an array', '[]', 'invalid_request', /must be a JSON object.*not an array/],
    ['null', 'null', 'invalid_request', /must be a JSON object.*not null/],
    ['a missing type', '{}', 'unknown_type', /type is missing.*health_check/],
    ['an unknown type', '{"type":"fly"}', 'unknown_type', /"fly" is unknown.*health_check/],
    ['a type of Object.prototype', '{"type":"toString"}', 'unknown_type', /"toString" is unknown/],
    [
      'missing data',
      '{"type":"inference_request","request_id":"1"}',
      'invalid_request',
      /data is missing; must be an object/,
    ],
    [
      'data that is a string',
      '{"type":"inference_request","request_id":"1","data":"x"}',
      'invalid_request',
      /data must be an object, not a string/,
    ],
    [
      'an image that is a number',
      '{"type":"inference_request","request_id":"1","data":{"image":42}}',
      'invalid_request',
      /data\.image must be a string or an object, not a number \(42\)/,
    ],
    [
      'a request_id that is a number',
      '{"type":"inference_request","request_id":7,"data":{"image":""}}',
      'invalid_request',
      /request_id must be a string, not a number \(7\)/,
    ],
    [
      'a request_id of 10 kB',
      JSON.stringify({ type: 'inference_request', request_id: 'x'.repeat(10_000), data: {} }),
      'invalid_request',
      /request_id has 10000 characters; must be at most 256/,
    ],
    ['an object nested 1,000 deep', nested(1000), 'too_large', /deeper than 64/],
    ['an array nested 1,000 deep', `${'['.repeat(1000)}`, 'too_large', /deeper than 64/],
  ]
  it.each(cases)('%s', (_title, text, code, words) => {
    const parsed = parseClientMessage(bytes(text))
    expect(parsed.ok).toBe(false)
    if (parsed.ok) return
    expect(parsed.error.code).toBe(code)
    expect(parsed.error.message).toMatch(words)
  })
})

describe('a readable request_id comes back with the error', () => {
  it('when another field is wrong', () => {
    expect(parse({ type: 'inference_request', request_id: 'a-1', data: 3 })).toMatchObject({
      ok: false,
      requestId: 'a-1',
    })
  })
  it('when it is too long to be accepted, up to the echo limit', () => {
    const long = 'x'.repeat(10_000)
    expect(parse({ type: 'inference_request', request_id: long })).toMatchObject({
      requestId: long,
    })
    const longer = 'x'.repeat(REQUEST_ID_ECHO_MAX + 1)
    expect(parse({ type: 'inference_request', request_id: longer })).toMatchObject({
      requestId: null,
    })
  })
  it('not when it is not a string', () => {
    expect(parse({ type: 'inference_request', request_id: 7 })).toMatchObject({ requestId: null })
  })
})

describe('the bounds', () => {
  it('ignore brackets inside strings, escaped quotes included', () => {
    const message = {
      type: 'health_check',
      note: `${'['.repeat(500)}\\" {{{ \\\\`,
    }
    expect(parse(message).ok).toBe(true)
  })
  it('allow the deepest allowed nesting', () => {
    const text = `{"type":"health_check","a":${nested(JSON_DEPTH_MAX - 1)}}`
    expect(parseClientMessage(bytes(text)).ok).toBe(true)
  })
  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        parseClientMessage(Buffer.from(raw))
      }),
    )
  })
  it('never throw, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseClientMessage(bytes(text))
      }),
    )
  })
})

it('unknown keys are kept and ignored', () => {
  expect(
    parse({
      type: 'inference_request',
      request_id: '1',
      data: { image: 'AA==', metadata: {} },
      x: 1,
    }),
  ).toMatchObject({ ok: true })
})
