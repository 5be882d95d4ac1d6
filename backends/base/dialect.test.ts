import { describe, expect, it } from 'vitest'
import type { InferenceResponse, Pong } from '../../protocol/backend.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { quoted } from '../../protocol/messages.ts'
import { createDialect } from './dialect.ts'

const PONG: Pong = { type: 'pong', status: 'healthy', model_loaded: true, pid: 7 }
const RESPONSE: InferenceResponse = {
  type: 'inference_response',
  request_id: 'r',
  data: { fatigue_score: 12 },
  timing: {
    queue_ms: 0,
    preprocess_ms: 1,
    inference_ms: 2,
    postprocess_ms: 0,
    total_ms: 12.34,
    batch_size: 1,
  },
  provider: 'CPU',
}
const ERROR = new ProtocolError('invalid_image', quoted('data.image has 0 bytes'))

describe('the platform dialect is that of the document, field for field', () => {
  const dialect = createDialect('platform', 'fatigue', () => 1700000000.5)
  it('health_check', () => {
    expect(dialect.health(PONG)).toEqual({
      type: 'health_response',
      status: 'healthy',
      model_type: 'fatigue',
      model_loaded: true,
    })
  })
  it('ping', () => {
    expect(dialect.ping(PONG)).toEqual({ type: 'pong', timestamp: 1700000000.5 })
  })
  it('an inference response', () => {
    expect(dialect.response(RESPONSE)).toEqual({
      type: 'inference_response',
      request_id: 'r',
      model_type: 'fatigue',
      timestamp: 1700000000.5,
      result: { status: 'success', predictions: { fatigue_score: 12 }, latency_ms: 12.34 },
    })
  })
  it('a failed inference is a response with an error result', () => {
    const refused = { requestId: 'r', type: 'inference_request', latencyMs: 0.5 }
    expect(dialect.error(refused, ERROR)).toEqual({
      type: 'inference_response',
      request_id: 'r',
      model_type: 'fatigue',
      timestamp: 1700000000.5,
      result: { status: 'error', error: 'data.image has 0 bytes', latency_ms: 0.5 },
    })
  })
  it('invalid JSON is an error without a request id', () => {
    const refused = { requestId: null, type: null, latencyMs: 0 }
    expect(dialect.error(refused, ERROR)).toEqual({
      type: 'error',
      error: 'data.image has 0 bytes',
    })
  })
})

describe('the native dialect', () => {
  const dialect = createDialect('native', 'fatigue', () => 0)
  it('sends what the service returns', () => {
    expect(dialect.health(PONG)).toBe(PONG)
    expect(dialect.ping(PONG)).toBe(PONG)
    expect(dialect.response(RESPONSE)).toBe(RESPONSE)
  })
  it('answers a failure with code, sentence and id', () => {
    const refused = { requestId: 'r', type: 'inference_request', latencyMs: 0.5 }
    expect(dialect.error(refused, ERROR)).toEqual({
      type: 'error',
      request_id: 'r',
      error: 'data.image has 0 bytes',
      code: 'invalid_image',
    })
  })
})
