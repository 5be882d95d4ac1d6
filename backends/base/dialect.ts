/** Reply formats: the protocol's own, and that of the platform of the protocol document. */
import { errorReply, type InferenceResponse, type Pong } from '../../protocol/backend.ts'
import type { DialectName } from '../../protocol/config.ts'
import type { ProtocolError } from '../../protocol/errors.ts'

export interface Refused {
  requestId: string | null
  /** null if it could not be read. */
  type: string | null
  latencyMs: number
}

export interface Dialect {
  health(pong: Pong): object
  ping(pong: Pong): object
  response(response: InferenceResponse): object
  error(refused: Refused, error: ProtocolError): object
}

/** `unixSeconds` is the wall clock, for the platform's timestamps. */
export function createDialect(
  name: DialectName,
  backend: string,
  unixSeconds: () => number,
): Dialect {
  return name === 'platform' ? platform(backend, unixSeconds) : NATIVE
}

const NATIVE: Dialect = {
  health: (pong) => pong,
  ping: (pong) => pong,
  response: (response) => response,
  error: ({ requestId }, error) => errorReply(requestId, error),
}

/** Field for field as the platform's own base class answers: nothing beyond it, since its clients compare whole messages. */
function platform(backend: string, unixSeconds: () => number): Dialect {
  const result = (requestId: string, body: object) => ({
    type: 'inference_response',
    request_id: requestId,
    model_type: backend,
    timestamp: unixSeconds(),
    result: body,
  })
  return {
    health: ({ status, model_loaded }) => ({
      type: 'health_response',
      status,
      model_type: backend,
      model_loaded: model_loaded === true,
    }),
    ping: () => ({ type: 'pong', timestamp: unixSeconds() }),
    response: ({ request_id, data, timing }) =>
      result(request_id, {
        status: 'success',
        predictions: data,
        latency_ms: timing?.total_ms ?? 0,
      }),
    error: ({ requestId, type, latencyMs }, error) =>
      requestId !== null && type === 'inference_request'
        ? result(requestId, {
            status: 'error',
            error: error.message,
            latency_ms: Math.round(latencyMs * 1000) / 1000,
          })
        : { type: 'error', error: error.message },
  }
}
