/** From the bytes of one WebSocket message to a typed client message, or to the error that answers it. Pure. */
import {
  CLIENT_MESSAGES,
  REQUEST_ID_ECHO_MAX,
  type ClientMessage,
  type ClientMessageType,
} from './backend.ts'
import { readAttachments, splitBinary } from './binary.ts'
import { NON_FINITE_REMEDY, readDamaged } from './damaged_json.ts'
import { describeIssues, preview } from './describe.ts'
import { messageOf, ProtocolError } from './errors.ts'
import { checkJsonBounds } from './json_bounds.ts'

const UTF8 = new TextDecoder()

export type ParsedMessage =
  /** `attachments` are the raw bytes of a binary message, in order; empty for a text message. */
  | { ok: true; message: ClientMessage; attachments: Uint8Array[] }
  /** `type` as far as it could be read. */
  | { ok: false; requestId: string | null; type: string | null; error: ProtocolError }

/** Parses a message, text or binary. Never throws: every fault is an answer that names what is wrong and what would be right. */
export function parseClientMessage(bytes: Uint8Array, isBinary = false): ParsedMessage {
  let requestId: string | null = null
  let type: string | null = null
  try {
    const { header, body } = isBinary ? splitBinary(bytes) : { header: bytes, body: null }
    const value = parseJson(header)
    requestId = readableRequestId(value)
    type = readableType(value)
    const message = parseByType(value)
    return { ok: true, message, attachments: readAttachments(message, body) }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { ok: false, requestId, type, error }
  }
}

function parseJson(text: Uint8Array): unknown {
  checkJsonBounds(text)
  try {
    return JSON.parse(UTF8.decode(text)) as unknown
  } catch (cause) {
    const { nonFinite } = readDamaged(text)
    const reason =
      nonFinite === null
        ? shorten(messageOf(cause))
        : `${nonFinite.word} at position ${nonFinite.position}; ${NON_FINITE_REMEDY}`
    throw new ProtocolError('invalid_json', `the message is not JSON: ${reason}`, { cause })
  }
}

/** V8 quotes the text in its message; a long text would come back whole. */
const shorten = (reason: string) => (reason.length > 200 ? `${reason.slice(0, 200)}…` : reason)

function readableRequestId(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const id = (value as { request_id?: unknown }).request_id
  return typeof id === 'string' && id.length <= REQUEST_ID_ECHO_MAX ? id : null
}

function readableType(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const { type } = value as { type?: unknown }
  return typeof type === 'string' ? type : null
}

function parseByType(value: unknown): ClientMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(
      'invalid_request',
      `the message must be a JSON object with a "type", not ${Array.isArray(value) ? 'an array' : preview(value)}`,
    )
  }
  const type: unknown = (value as { type?: unknown }).type
  if (typeof type !== 'string' || !isClientMessageType(type)) {
    const known = Object.keys(CLIENT_MESSAGES).join(', ')
    const given = type === undefined ? 'is missing' : `${preview(type)} is unknown`
    throw new ProtocolError('unknown_type', `message type ${given}; use one of: ${known}`)
  }
  const parsed = CLIENT_MESSAGES[type].safeParse(value)
  if (parsed.success) return parsed.data
  const sentences = describeIssues(parsed.error, value).map(
    ({ key, message }) => `${key === '' ? 'the message' : key} ${message}`,
  )
  throw new ProtocolError('invalid_request', sentences.slice(0, 3).join('; '))
}

function isClientMessageType(type: string): type is ClientMessageType {
  return Object.hasOwn(CLIENT_MESSAGES, type)
}
