import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { message } from '../protocol/messages.ts'
import { oversizedReply, replyReading, type BackendReply } from './backend_reply.ts'

const readReply = (body: Buffer) => replyReading(body).step(Infinity) as BackendReply

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const platform = (result: unknown) =>
  bytes({ type: 'inference_response', request_id: 'a', model_type: 'm', timestamp: 1, result })

describe('a native reply', () => {
  it('goes on as it came', () => {
    const body = bytes({ type: 'inference_response', request_id: 'a', data: { x: 1 }, extra: 1 })
    const reply = readReply(body)
    expect(reply).toEqual({
      kind: 'result',
      requestId: 'a',
      body,
      platformBody: null,
      warnings: [],
    })
    expect(reply.kind === 'result' && reply.body).toBe(body)
  })

  it('that is an error goes on as it came, with its code for the counter', () => {
    const body = bytes({ type: 'error', request_id: 'a', error: 'no', code: 'queue_full', more: 1 })
    expect(readReply(body)).toMatchObject({ kind: 'error', body, error: { code: 'queue_full' } })
  })

  it('that is an error of a code we do not know goes on as it came, and counts as internal', () => {
    const body = bytes({ type: 'error', request_id: 'a', error: 'no', code: 'out_of_tea' })
    expect(readReply(body)).toMatchObject({ kind: 'error', body, error: { code: 'internal' } })
  })
})

describe('a platform reply', () => {
  it('of success is converted to a native one', () => {
    const reply = readReply(
      platform({ status: 'success', predictions: { score: 7 }, latency_ms: 12.34 }),
    )
    expect(reply.kind === 'result' && JSON.parse(reply.body.toString())).toEqual({
      type: 'inference_response',
      request_id: 'a',
      data: { score: 7 },
      timing: { total_ms: 12.34 },
    })
  })

  it('without a latency has no timing, rather than one of 0', () => {
    const reply = readReply(platform({ status: 'success', predictions: {} }))
    expect(reply.kind === 'result' && JSON.parse(reply.body.toString())).not.toHaveProperty(
      'timing',
    )
  })

  it.each([
    [{ status: 'error', error: 'bad frame', latency_ms: 1 }, 'internal', 'bad frame'],
    [{ status: 'error', error: 'Model not loaded' }, 'not_ready', 'Model not loaded'],
    [{ status: 'error', error: 'x', code: 'invalid_image' }, 'invalid_image', 'x'],
    [{ status: 'error' }, 'internal', 'gave no reason'],
    [{ status: 'success', predictions: [1] }, 'internal', 'an array of 1'],
    [{ status: 'odd', predictions: {} }, 'internal', 'status "odd"'],
    ['text', 'internal', 'without `data`'],
  ])('%j is an error', (result, code, sentence) => {
    const reply = readReply(platform(result))
    expect(reply).toMatchObject({ kind: 'error', requestId: 'a', body: null, error: { code } })
    expect(reply.kind === 'error' && reply.error.error).toContain(sentence)
  })

  it('that is an error without a request_id names the missing key', () => {
    expect(readReply(bytes({ type: 'error', error: 'Invalid JSON' }))).toMatchObject({
      kind: 'error',
      requestId: null,
      body: null,
      error: { error: 'Invalid JSON', code: 'internal' },
    })
  })
})

describe('what answers no request', () => {
  it.each([
    { type: 'pong', timestamp: 1 },
    { type: 'pong', status: 'healthy' },
    { type: 'health_response', status: 'healthy', model_type: 'm', model_loaded: true },
  ])('%j is a sign of life', (message) => {
    expect(readReply(bytes(message))).toEqual({ kind: 'sign_of_life' })
  })

  it.each([
    ['{"type":"inference_re', null, 'not valid JSON: it ends after 21 bytes inside'],
    ['{"request_id":"a","data":{"x":1', 'a', 'it ends after 31 bytes inside an object'],
    ['', null, 'it is empty'],
    ['<html><body>Bad gateway</body></html>', null, 'starts with "<html><body>'],
    ['{"request_id":"a","data":{"x":NaN}}', 'a', 'NaN at position 30; replace NaN and Infinity by'],
    ['{"data":[1,-Infinity],"request_id" : "a"}', 'a', '-Infinity at position 11'],
    ['{"data":{"request_id":"b","é":Infinity}}', null, 'Infinity at position 30'],
    ['{"request_id":"\\u0061\\"","data":{"n":"NaN","m":NaN}}', 'a"', 'NaN at position 47'],
    ['{"request_id":"a","x":1,}', 'a', 'starts with'],
    ['[]', null, 'is an array of 0; answer with a JSON object'],
    ['null', null, 'is null'],
    ['{"type":"progress","request_id":"a"}', 'a', 'has the type "progress"; answer with'],
    ['{"request_id":"a","prediction":1}', 'a', 'has no type'],
    ['{"type":"inference_response","data":{}}', null, 'has no request_id; copy'],
    ['{"type":"inference_response","request_id":7,"data":{}}', null, 'has no request_id'],
    [`${'['.repeat(100)}`, null, 'nests deeper'],
    [Buffer.from('{"request_id":"a","data":{"x":"\xe4"}}', 'latin1'), 'a', 'not valid UTF-8'],
  ])('%s is faulty', (text, requestId, why) => {
    const reply = readReply(Buffer.from(text as string))
    expect(reply).toMatchObject({ kind: 'faulty', requestId, code: 'internal' })
    expect(reply.kind === 'faulty' && reply.why.message).toContain(why)
  })

  it('a reply above the limit is discarded, and still names its request', () => {
    const text = `{"data":{"mask":"${'x'.repeat(2000)}","request_id":"inner"},"request_id":"a"}`
    expect(oversizedReply(Buffer.from(text), 1024)).toMatchObject({
      kind: 'faulty',
      requestId: 'a',
      code: 'too_large',
      why: message('response.too_large', { bytes: text.length, max: 1024 }),
    })
  })

  it('the request_id of a damaged reply is the one that a whole reply names', () => {
    const cut = fc.tuple(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.nat())
    fc.assert(
      fc.property(cut, ([id, before, after, at]) => {
        const text = JSON.stringify({ before, request_id: id, after })
        const idEnd = JSON.stringify({ before, request_id: id }).length - 1
        const kept = text.slice(0, idEnd + (at % (text.length - idEnd)))
        const reply = readReply(Buffer.from(kept))
        if (Buffer.from(kept).toString() !== kept) return
        expect(reply).toMatchObject({ kind: 'faulty', requestId: id })
      }),
    )
  })

  it('nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.jsonValue().map(bytes)), (any) => {
        expect(readReply(Buffer.from(any)).kind).toBeTypeOf('string')
      }),
    )
  })
})

it.each([
  ['NaN', `[${'1,'.repeat(9_000_000)}NaN]}`, /not JSON: NaN at position \d+; replace NaN/],
  ['its end', `[${'1,'.repeat(9_000_000)}`, /not JSON: the text ends too early; it has 180000\d\d/],
])('names what is wrong at the end of a long reply: %s', (_title, data, why) => {
  const reply = readReply(
    Buffer.from(`{"type":"inference_response","request_id":"a","data":${data}`),
  )
  expect(reply).toMatchObject({ kind: 'faulty', requestId: 'a', code: 'internal' })
  expect(reply.kind === 'faulty' && reply.why.message).toMatch(why)
})
