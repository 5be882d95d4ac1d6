/** Parses a backend's message in either dialect and classifies it for the gateway's client. */
import { isUtf8 } from 'node:buffer'
import type { ErrorMessage } from '../protocol/backend.ts'
import { message } from '../protocol/messages.ts'
import { readDamaged } from '../protocol/damaged_json.ts'
import { JsonOutline, type OutlineKeys } from '../protocol/json_outline.ts'
import type { Reading } from '../protocol/parse_message.ts'
import {
  damagedReply,
  faulty,
  replyKind,
  type FaultyReply,
  type ReplyKind,
} from '../protocol/reply_kind.ts'
import { warningsIn, type Warning } from '../protocol/warnings.ts'

export type BackendReply =
  /** `body` goes to a native client as it is, and `platformBody` to a platform client; null = it has to be built. */
  | {
      kind: 'result'
      requestId: string
      body: Buffer
      platformBody: Buffer | null
      warnings: Warning[]
    }
  /** `body` goes to the client unchanged; null = it has to be built. `requestId` null: the backend named none. */
  | { kind: 'error'; requestId: string | null; error: ErrorMessage; body: Buffer | null }
  /** A pong or health_response, which the gateway did not request. */
  | { kind: 'sign_of_life' }
  | FaultyReply

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

/** Reads a reply in steps, so that a large one does not block other clients. */
export function replyReading(bytes: Buffer): Reading<BackendReply> {
  const outline = new JsonOutline(bytes, REPLY_KEYS, { hasAttachments: false })
  let isText: boolean | null = null
  return {
    step: (count) => {
      // Forwarding it would close the client's connection.
      isText ??= isUtf8(bytes)
      if (!isText) {
        const { requestId } = readDamaged(bytes, { wantsFault: false })
        return faulty(requestId, message('response.not_utf8'))
      }
      try {
        if (!outline.step(count)) return null
      } catch (error) {
        return damagedReply(bytes, error)
      }
      return replyOf(outline.value(), bytes, outline)
    },
  }
}

function replyOf(value: unknown, bytes: Buffer, outline: JsonOutline): BackendReply {
  const reply = replyKind(value)
  switch (reply.kind) {
    case 'result':
      return resultOf(reply, value as { warnings?: unknown }, bytes, outline)
    case 'error':
      return errorOf(reply, bytes)
    default:
      return reply
  }
}

function errorOf(
  { requestId, error, isWhole }: Extract<ReplyKind, { kind: 'error' }>,
  bytes: Buffer,
): BackendReply {
  // Forwarded unchanged: the client may know codes or keys that the gateway does not.
  return { kind: 'error', requestId, error, body: isWhole ? bytes : null }
}

function resultOf(
  { requestId, platform }: Extract<ReplyKind, { kind: 'result' }>,
  { warnings }: { warnings?: unknown },
  bytes: Buffer,
  { ranges }: JsonOutline,
): BackendReply {
  if (platform === null) {
    const found = warningsIn(warnings)
    return { kind: 'result', requestId, body: bytes, platformBody: null, warnings: found }
  }
  const { start, end } = ranges.get('result.predictions') ?? { start: 0, end: 0 }
  const head = `{"type":"inference_response","request_id":${JSON.stringify(requestId)},"data":`
  // The platform reports no stages; unknown ones are left out.
  const { latencyMs } = platform
  const tail = latencyMs === null ? '}' : `,"timing":{"total_ms":${latencyMs}}}`
  const body = Buffer.concat([Buffer.from(head), bytes.subarray(start, end), Buffer.from(tail)])
  return { kind: 'result', requestId, body, platformBody: bytes, warnings: [] }
}

/** A reply above `max_message_bytes`. It is discarded, and searched only for the request that it answers. */
export function oversizedReply(bytes: Buffer, limit: number): BackendReply {
  const { requestId } = readDamaged(bytes, { wantsFault: false })
  const why = message('response.too_large', { bytes: bytes.length, max: limit })
  return { ...faulty(requestId, why), code: 'too_large' }
}
