import { asText, message, type Message as Said, wordingSchema } from './messages.ts'
import {
  errorReply,
  healthResponseSchema,
  PONG_STATUSES,
  pongSchema,
  type ErrorMessage,
  type Pong,
} from './backend.ts'
import { readDamaged, type DamagedJson } from './damaged_json.ts'
import { preview, shown } from './describe.ts'
import { ERROR_CODES, type ErrorCode, ProtocolError, saidBy } from './errors.ts'
import { printable } from './printable.ts'

export type ReplyKind =
  /** `platform`: a platform-dialect reply; its `result.predictions` is the `data`. */
  | { kind: 'result'; requestId: string; platform: { latencyMs: number | null } | null }
  /** `requestId` null: the backend named none. `isWhole`: the message is already an `error`. */
  | { kind: 'error'; requestId: string | null; error: ErrorMessage; isWhole: boolean }
  | { kind: 'sign_of_life' }
  | FaultyReply

/**
 * `why` continues "The reply of <backend>" and ends with the remedy. `isOther`: an unknown type, perhaps not a reply.
 */
export interface FaultyReply {
  kind: 'faulty'
  requestId: string | null
  code: ErrorCode
  why: Said
  isOther: boolean
}

/** The error of a request with such a reply. */
export const faultyReply = (backend: string, { code, why }: Pick<FaultyReply, 'code' | 'why'>) =>
  new ProtocolError(code, message('response.faulty', { backend, why }))

type Message = Record<string, unknown>

export function replyKind(value: unknown): ReplyKind {
  if (!isObject(value)) return faulty(null, message('response.no_object', { value: shown(value) }))
  const requestId = typeof value['request_id'] === 'string' ? value['request_id'] : null
  switch (value['type']) {
    case 'inference_response':
      return responseKind(value, requestId)
    case 'error':
      return errorKind(value, requestId)
    case 'pong':
    case 'health_response':
      return { kind: 'sign_of_life' }
    case undefined:
      return faulty(requestId, message('response.no_type'))
    default: {
      const why = message('response.type', { type: shown(value['type']) })
      return { ...faulty(requestId, why), isOther: true }
    }
  }
}

export const faulty = (requestId: string | null, why: Said): FaultyReply => ({
  kind: 'faulty',
  requestId,
  code: 'internal',
  why,
  isOther: false,
})

export function damagedReply(bytes: Uint8Array, error: unknown): FaultyReply {
  const damaged = readDamaged(bytes)
  const isBeyondBounds = error instanceof ProtocolError && error.code === 'too_large'
  const fault = isBeyondBounds ? null : jsonFault(bytes, damaged)
  const why =
    fault === null
      ? message('response.unreadable', { reason: saidBy(error), bytes: bytes.length })
      : message('response.not_json', { fault })
  return faulty(damaged.requestId, why)
}

/** null if the text is too long for a second look. */
function jsonFault(bytes: Uint8Array, { nonFinite, isCut, isWhole }: DamagedJson): Said | null {
  if (bytes.length === 0) return message('response.empty')
  if (!isWhole) return null
  if (nonFinite !== null) {
    return message('json.non_finite', { word: nonFinite.word, at: nonFinite.position })
  }
  const begin = preview(new TextDecoder().decode(bytes.subarray(0, 60)))
  return isCut
    ? message('response.cut', { bytes: bytes.length, begin })
    : message('response.starts', { bytes: bytes.length, begin })
}

function responseKind(value: Message, requestId: string | null): ReplyKind {
  if (requestId === null) {
    return faulty(null, message('response.no_id'))
  }
  const { data, result } = value
  if (isObject(data)) return { kind: 'result', requestId, platform: null }
  if (isObject(result)) return resultKind(result, requestId)
  return failed(requestId, 'internal', message('response.no_data'))
}

function resultKind(result: Message, requestId: string): ReplyKind {
  const { status, predictions, latency_ms: latencyMs } = result
  if (status === 'error') return failed(requestId, codeOf(result), reasonOf(result['error']))
  if (status !== 'success' || !isObject(predictions)) {
    return failed(
      requestId,
      'internal',
      message('response.status', { status: shown(status), predictions: shown(predictions) }),
    )
  }
  const platform = { latencyMs: typeof latencyMs === 'number' ? latencyMs : null }
  return { kind: 'result', requestId, platform }
}

function errorKind(value: Message, requestId: string | null): ReplyKind {
  const error: ErrorMessage = {
    type: 'error',
    request_id: requestId,
    ...asText({ error: reasonOf(value['error']) }),
    ...(value['wording'] === undefined ? {} : { wording: wordingSchema.parse(value['wording']) }),
    code: codeOf(value),
  }
  const isWhole = requestId !== null && 'code' in value && typeof value['error'] === 'string'
  return { kind: 'error', requestId, error, isWhole }
}

function failed(requestId: string, code: ErrorCode, reason: Said): ReplyKind {
  const error = errorReply(requestId, new ProtocolError(code, reason))
  return { kind: 'error', requestId, error, isWhole: false }
}

/** The platform's base class has no codes; only this case is clear from its message. */
const NOT_LOADED = /\bnot (yet )?(loaded|ready|initiali[sz]ed)\b/i

function codeOf(source: Message): ErrorCode {
  const { code, error } = source
  if (typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) return code as ErrorCode
  return typeof error === 'string' && NOT_LOADED.test(error) ? 'not_ready' : 'internal'
}

const reasonOf = (error: unknown): Said =>
  typeof error === 'string' && error !== '' ? { message: error } : message('response.no_reason')

/** The pong, or why it is not valid. Converts the platform's health_response. */
export function readPong(value: unknown): Pong | Said {
  const pong = pongSchema.safeParse(value)
  if (pong.success) return pong.data
  const response = healthResponseSchema.safeParse(value)
  if (!response.success) return wrongPong(value)
  const { status, model_type, model_loaded } = response.data
  return {
    type: 'pong',
    // A platform backend reports "healthy" from its start; its model decides.
    status: model_loaded === false ? 'loading' : status === 'healthy' ? 'healthy' : 'unhealthy',
    ...(model_type === undefined ? {} : { backend: model_type }),
    ...(model_loaded === undefined ? {} : { model_loaded }),
  }
}

function wrongPong(value: unknown): Said {
  const { type, status } = Object(value) as { type?: unknown; status?: unknown }
  const isKnown = PONG_STATUSES.some((known) => known === status)
  if (type === 'pong' && !isKnown) {
    return message('probe.bad_status', {
      status: shortened(status),
      known: PONG_STATUSES.join(', '),
    })
  }
  if (type === 'pong') return message('probe.bad_pong', { pong: shortened(value) })
  return message('probe.no_pong', { answer: shortened(value) })
}

const QUOTED_LENGTH_MAX = 80

function shortened(value: unknown): string {
  const text = printable(JSON.stringify(value) ?? 'undefined')
  return text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text
}

const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
