/** What the messages of backends of both dialects are to the gateway's client. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReply } from './backend_reply.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const platform = (result: unknown) =>
  bytes({ type: 'inference_response', request_id: 'a', model_type: 'm', timestamp: 1, result })

describe('a native reply', () => {
  it('goes on as it came', () => {
    const body = bytes({ type: 'inference_response', request_id: 'a', data: { x: 1 }, extra: 1 })
    const reply = readReply(body)
    expect(reply).toEqual({ kind: 'result', requestId: 'a', body })
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
  it('of success is told as a native one', () => {
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

  it('that is an error without a request_id says so', () => {
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
    ['{"type":"inference_re', 'not JSON'],
    ['[]', 'an array of 0'],
    ['null', 'null'],
    ['{"type":"progress","request_id":"a"}', 'type "progress"'],
    ['{"type":"inference_response","data":{}}', 'without a request_id'],
    [`${'['.repeat(100)}`, 'nests deeper'],
  ])('%s is unreadable', (text, why) => {
    const reply = readReply(Buffer.from(text))
    expect(reply.kind === 'unreadable' && reply.why).toContain(why)
  })

  it('nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.jsonValue().map(bytes)), (any) => {
        expect(readReply(Buffer.from(any)).kind).toBeTypeOf('string')
      }),
    )
  })
})
