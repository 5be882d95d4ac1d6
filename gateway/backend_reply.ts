/** Reads what a backend sends, in either dialect, and says what it is to the gateway's client. Pure. */
import { isUtf8 } from 'node:buffer'
import type { ErrorMessage } from '../protocol/backend.ts'
import { NON_FINITE_REMEDY, readDamaged, type DamagedJson } from '../protocol/damaged_json.ts'
import { preview } from '../protocol/describe.ts'
import { ERROR_CODES, ProtocolError, messageOf, type ErrorCode } from '../protocol/errors.ts'
import { JsonOutline, type OutlineKeys } from '../protocol/json_outline.ts'
import type { Reading } from '../protocol/parse_message.ts'
import { warningsIn, type Warning } from '../protocol/warnings.ts'

export type BackendReply =
  /** `body` goes to a native client as it is, and `platformBody` to one of the platform; null = it has to be worded. */
  | {
      kind: 'result'
      requestId: string
      body: Buffer
      platformBody: Buffer | null
      warnings: Warning[]
    }
  /** `body` goes to the client as it is; null = it has to be told in our words. `requestId` null: the backend named none. */
  | { kind: 'error'; requestId: string | null; error: ErrorMessage; body: Buffer | null }
  /** A pong or health_response: nobody here asked, and nobody waits. */
  | { kind: 'sign_of_life' }
  /**
   * Not a reply of the protocol. `requestId`: the request that it names, as far as that can be read. `why` continues
   * "The answer of <backend>" and ends with the remedy. `isOther`: a message of an unknown type, perhaps not a reply at all.
   */
  | { kind: 'faulty'; requestId: string | null; code: ErrorCode; why: string; isOther: boolean }

/** Never throws. Which dialect it is shows in the message: a native reply has `data`, one of the platform has `result`. */
export const readReply = (bytes: Buffer): BackendReply =>
  replyReading(bytes).step(Infinity) as BackendReply

/** What the gateway reads of a reply; the rest passes as it came. */
const REPLY_KEYS: OutlineKeys = {
  type: 'value',
  request_id: 'value',
  data: 'value',
  error: 'value',
  code: 'value',
  warnings: 'values',
  result: {
    status: 'value',
    predictions: 'value',
    error: 'value',
    code: 'value',
    latency_ms: 'value',
  },
}

/** Reads a reply in steps: a large one must not hold up other clients. */
export function replyReading(bytes: Buffer): Reading<BackendReply> {
  const outline = new JsonOutline(bytes, REPLY_KEYS, { hasAttachments: false })
  let isText: boolean | null = null
  return {
    step: (count) => {
      // Passed on, it would close the client's connection.
      isText ??= isUtf8(bytes)
      if (!isText) {
        const { requestId } = readDamaged(bytes, { wantsFault: false })
        return faulty(requestId, 'is not valid UTF-8; encode the reply as UTF-8')
      }
      try {
        if (!outline.step(count)) return null
      } catch (error) {
        return damagedReply(bytes, error)
      }
      const value = outline.value()
      if (isObject(value)) return replyOf(value, bytes, outline)
      return faulty(null, `is ${preview(value)}; answer with a JSON object`)
    },
  }
}

function replyOf(value: Message, bytes: Buffer, outline: JsonOutline): BackendReply {
  const requestId = typeof value['request_id'] === 'string' ? value['request_id'] : null
  switch (value['type']) {
    case 'inference_response':
      return readResponse(value, requestId, bytes, outline)
    case 'error':
      return readError(value, requestId, bytes)
    case 'pong':
    case 'health_response':
      return { kind: 'sign_of_life' }
    case undefined:
      return faulty(requestId, 'has no type; add "type": "inference_response"')
    default: {
      const why = `has the type ${preview(value['type'])}; answer with "inference_response" or "error"`
      return { ...faulty(requestId, why), isOther: true }
    }
  }
}

/** A reply above `max_message_bytes`. It is discarded, and only looked through for the request that it answers. */
export function oversizedReply(bytes: Buffer, limit: number): BackendReply {
  const { requestId } = readDamaged(bytes, { wantsFault: false })
  const why = `has ${bytes.length} bytes and exceeds max_message_bytes (${limit}); raise max_message_bytes, or return less`
  return { ...faulty(requestId, why), code: 'too_large' }
}

type Faulty = Extract<BackendReply, { kind: 'faulty' }>

const faulty = (requestId: string | null, why: string): Faulty => ({
  kind: 'faulty',
  requestId,
  code: 'internal',
  why,
  isOther: false,
})

type Message = Record<string, unknown>

/** `error`: why the text is not read to its end. */
function damagedReply(bytes: Buffer, error: unknown): Faulty {
  const damaged = readDamaged(bytes)
  const isBeyondBounds = error instanceof ProtocolError && error.code === 'too_large'
  const fault = isBeyondBounds ? null : jsonFault(bytes, damaged)
  const why =
    fault === null
      ? `cannot be read: ${messageOf(error)}; it has ${bytes.length} bytes`
      : `is not valid JSON: ${fault}`
  return faulty(damaged.requestId, why)
}

/** null when the text was too long for a second look. */
function jsonFault(bytes: Buffer, { nonFinite, isCut, isWhole }: DamagedJson): string | null {
  if (bytes.length === 0) return 'it is empty; answer with a JSON object'
  if (!isWhole) return null
  if (nonFinite !== null) {
    return `${nonFinite.word} at position ${nonFinite.position}; ${NON_FINITE_REMEDY}`
  }
  const begin = preview(bytes.toString('utf8', 0, 60))
  return isCut
    ? `it ends after ${bytes.length} bytes inside an object, an array or a string (from ${begin}); send the whole reply in one message`
    : `it has ${bytes.length} bytes and starts with ${begin}; answer with a JSON object`
}

function readResponse(
  value: Message,
  requestId: string | null,
  bytes: Buffer,
  outline: JsonOutline,
): BackendReply {
  if (requestId === null) {
    return faulty(null, 'has no request_id; copy the request_id of the request into the reply')
  }
  if (isObject(value['data'])) {
    const warnings = warningsIn(value['warnings'])
    return { kind: 'result', requestId, body: bytes, platformBody: null, warnings }
  }
  const { result } = value
  if (isObject(result)) return readResult(result, requestId, bytes, outline)
  return failed(requestId, 'internal', 'the backend answered without `data` and without `result`')
}

/** `result` of the platform: `status` success with `predictions`, or error with a sentence. */
function readResult(
  result: Message,
  requestId: string,
  bytes: Buffer,
  { ranges }: JsonOutline,
): BackendReply {
  const { status, predictions, latency_ms: latencyMs } = result
  if (status === 'error') return failed(requestId, codeOf(result), sentenceOf(result['error']))
  if (status !== 'success' || !isObject(predictions)) {
    return failed(
      requestId,
      'internal',
      `the backend answered with status ${preview(status)} and predictions ${preview(predictions)}; expected "success" and an object`,
    )
  }
  const { start, end } = ranges.get('result.predictions') ?? { start: 0, end: 0 }
  const head = `{"type":"inference_response","request_id":${JSON.stringify(requestId)},"data":`
  // The platform tells no stages; what is not known is left out.
  const tail = typeof latencyMs === 'number' ? `,"timing":{"total_ms":${latencyMs}}}` : '}'
  const body = Buffer.concat([Buffer.from(head), bytes.subarray(start, end), Buffer.from(tail)])
  return { kind: 'result', requestId, body, platformBody: bytes, warnings: [] }
}

function readError(value: Message, requestId: string | null, bytes: Buffer): BackendReply {
  const error: ErrorMessage = {
    type: 'error',
    request_id: requestId,
    error: sentenceOf(value['error']),
    code: codeOf(value),
  }
  // Whole as it came: the client may know a code, or a key, that we do not.
  const isWhole = requestId !== null && 'code' in value && typeof value['error'] === 'string'
  return { kind: 'error', requestId, error, body: isWhole ? bytes : null }
}

function failed(requestId: string, code: ErrorCode, sentence: string): BackendReply {
  const error: ErrorMessage = { type: 'error', request_id: requestId, error: sentence, code }
  return { kind: 'error', requestId, error, body: null }
}

/** The platform's base class names no code; this is the one case that its sentence tells without a doubt. */
const NOT_LOADED = /\bnot (yet )?(loaded|ready|initiali[sz]ed)\b/i

function codeOf(source: Message): ErrorCode {
  const { code, error } = source
  if (typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) return code as ErrorCode
  return typeof error === 'string' && NOT_LOADED.test(error) ? 'not_ready' : 'internal'
}

const sentenceOf = (error: unknown) =>
  typeof error === 'string' && error !== '' ? error : 'the backend gave no reason; look in its log'

const isObject = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
