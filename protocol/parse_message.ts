/** Bytes of a WebSocket message to a typed client message, or to its error reply. */
import {
  CLIENT_MESSAGES,
  REQUEST_ID_ECHO_MAX,
  type ClientMessage,
  type ClientMessageType,
} from './backend.ts'
import { readAttachments, splitBinary } from './binary.ts'
import { faultsOf, shown } from './describe.ts'
import { ProtocolError } from './errors.ts'
import { message } from './messages.ts'
import type { AttachmentPlace, TextRange } from './json_attachments.ts'
import { JsonOutline, type OutlineKeys } from './json_outline.ts'
import { JsonTree, type DecodeBase64 } from './json_tree.ts'
import { LongNumbers } from './long_numbers.ts'
import { LONG_STRING_BYTES } from './long_string.ts'

export interface RefusedMessage {
  ok: false
  requestId: string | null
  type: string | null
  error: ProtocolError
}

export type ParsedMessage =
  /** `attachments` are views into a binary message, then decoded base64 strings. Long ones start their own buffer. */
  { ok: true; message: ClientMessage; attachments: Uint8Array[] } | RefusedMessage

export interface OutlinedMessage {
  ok: true
  message: ClientMessage
  attachments: Uint8Array[]
  text: Uint8Array
  ranges: ReadonlyMap<string, TextRange>
  places: readonly AttachmentPlace[]
}

/** Reads in steps of some `bytes`; null until done. Never throws. */
export interface Reading<Result> {
  step(bytes: number): Result | null
}

/** Never throws: every fault becomes an error reply with a remedy. */
export function parseClientMessage(bytes: Uint8Array, isBinary = false): ParsedMessage {
  return readClientMessage(bytes, isBinary).step(Infinity) as ParsedMessage
}

/** `decode`: see JsonTree. */
export const readClientMessage = (
  bytes: Uint8Array,
  isBinary: boolean,
  decode: DecodeBase64 | null = null,
): Reading<ParsedMessage> =>
  withOwnBuffers(
    readMessage(bytes, isBinary, {
      open: (text) => new JsonTree(text, decode),
      result: (message, attachments, tree) => ({
        ok: true as const,
        message,
        attachments: [...attachments, ...tree.decoded],
      }),
    }),
  )

/** Bytes copied per step: about a millisecond. */
const COPY_BYTES = 1024 ** 2

/** Copies long attachments in steps. A transfer to a worker needs its own buffer, and copying 100 MB takes 90 ms. */
function withOwnBuffers(reading: Reading<ParsedMessage>): Reading<ParsedMessage> {
  let parsed: ParsedMessage | null = null
  let index = 0
  let copy: Uint8Array | null = null
  let copied = 0
  const copyStep = (attachments: Uint8Array[], count: number): boolean => {
    const attachment = attachments[index] as Uint8Array
    if (attachment.byteOffset === 0 || attachment.length < LONG_STRING_BYTES) return true
    copy ??= new Uint8Array(attachment.length)
    const end = Math.min(attachment.length, copied + count)
    copy.set(attachment.subarray(copied, end), copied)
    copied = end
    if (end < attachment.length) return false
    attachments[index] = copy
    copy = null
    copied = 0
    return true
  }
  return {
    step: (bytes) => {
      parsed ??= reading.step(bytes)
      if (parsed === null || !parsed.ok) return parsed
      const { attachments } = parsed
      while (index < attachments.length) {
        if (!copyStep(attachments, bytes === Infinity ? Infinity : COPY_BYTES)) return null
        index++
      }
      return parsed
    },
  }
}

/** Keys that a router reads; everything else is forwarded unchanged. */
const ROUTED_KEYS: OutlineKeys = {
  type: 'value',
  request_id: 'value',
  backend: 'value',
  model_type: 'value',
  timestamp: 'value',
  data: { image: 'value', images: 'values', timestamp: 'value', stream_id: 'value' },
}

/** Reads what a router needs and validates the rest by scanning. */
export const readRoutedMessage = (
  bytes: Uint8Array,
  isBinary: boolean,
): Reading<OutlinedMessage | RefusedMessage> =>
  readMessage(bytes, isBinary, {
    open: (text) => new JsonOutline(text, ROUTED_KEYS),
    result: (message, attachments, outline, text) => {
      const { ranges, attachments: places } = outline
      return { ok: true, message, attachments, text, ranges, places }
    },
  })

interface JsonSource {
  step(bytes: number): boolean
  value(): unknown
  valueSoFar(): unknown
  readonly attachments: readonly AttachmentPlace[]
}

interface MessageKind<Source, Result> {
  open(text: Uint8Array): Source
  result(
    message: ClientMessage,
    attachments: Uint8Array[],
    source: Source,
    text: Uint8Array,
  ): Result
}

function readMessage<Source extends JsonSource, Result>(
  bytes: Uint8Array,
  isBinary: boolean,
  kind: MessageKind<Source, Result>,
): Reading<Result | RefusedMessage> {
  let begun: { source: Source; text: Uint8Array; body: Uint8Array | null } | null = null
  let value: unknown
  const begin = () => {
    const { header, body } = isBinary ? splitBinary(bytes) : { header: bytes, body: null }
    return { source: kind.open(header), text: header, body }
  }
  const step = (count: number) => {
    begun ??= begin()
    const { source, text, body } = begun
    if (!source.step(count)) return null
    value = source.value()
    const message = parseByType(value)
    const places = source.attachments.map(({ attachment }) => attachment)
    return kind.result(message, readAttachments(places, body), source, text)
  }
  return {
    step: (count) => {
      try {
        return step(count)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        const known = value ?? begun?.source.valueSoFar()
        return { ok: false, requestId: readableRequestId(known), type: readableType(known), error }
      }
    },
  }
}

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
  const isArray = Array.isArray(value) || value instanceof LongNumbers
  if (typeof value !== 'object' || value === null || isArray) {
    throw new ProtocolError(
      'invalid_request',
      message('input.no_object', { value: isArray ? message('kind.array') : shown(value) }),
    )
  }
  const type: unknown = (value as { type?: unknown }).type
  if (typeof type !== 'string' || !isClientMessageType(type)) {
    const known = Object.keys(CLIENT_MESSAGES).join(', ')
    throw new ProtocolError(
      'unknown_type',
      type === undefined
        ? message('input.no_type', { known })
        : message('input.type', { type: shown(type), known }),
    )
  }
  const parsed = CLIENT_MESSAGES[type].safeParse(value)
  if (parsed.success) return parsed.data
  throw new ProtocolError('invalid_request', faultsOf(parsed.error, value))
}

function isClientMessageType(type: string): type is ClientMessageType {
  return Object.hasOwn(CLIENT_MESSAGES, type)
}
