/** How a request to a backend ended. */
import type { ErrorMessage, InferenceResponse } from '../protocol/backend.ts'
import { ProtocolError, type ErrorCode } from '../protocol/errors.ts'
import type { JsonObject } from './request_frame.ts'

export type Outcome =
  | Answered
  | Refused
  /** No reply: the connection could not be opened or was lost, the deadline passed, or the caller cancelled. */
  | { phase: 'broken'; code: ErrorCode; message: string }

interface Received {
  /** Word for word. */
  receivedText: string
  /** From sending to receiving; connecting does not count. */
  roundTripMs: number
}

export interface Answered extends Received {
  phase: 'answered'
  /** In the native dialect, with the keys that the protocol does not know. */
  message: JsonObject
  /** null: not an inference_response, or one with a field that does not fit the protocol. */
  reply: InferenceResponse | null
}

/** The reply is an error, or not a reply of the protocol. */
export interface Refused extends Received {
  phase: 'refused'
  reply: ErrorMessage
}

/** Throws ProtocolError for every other outcome. */
export function answeredOrThrow(outcome: Outcome): Answered {
  switch (outcome.phase) {
    case 'answered':
      return outcome
    case 'refused':
      throw new ProtocolError(outcome.reply.code ?? 'internal', outcome.reply.error)
    case 'broken':
      throw new ProtocolError(outcome.code, outcome.message)
  }
}
