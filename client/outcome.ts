import type { ErrorMessage, InferenceResponse } from '../protocol/backend.ts'
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts'
import { messageIn, type Wording } from '../protocol/messages.ts'
import type { JsonObject } from './request_frame.ts'

export type Outcome =
  | Answered
  | Refused
  /** No reply: no connection, connection lost, timeout, or cancelled. */
  | Broken

/** `message` is an English text, and `wording` what it is made of. */
export interface Broken {
  phase: 'broken'
  code: ErrorCode
  message: string
  wording?: Wording
}

interface Received {
  receivedText: string
  /** From sending to receiving, without connecting. */
  roundTripMs: number
}

export interface Answered extends Received {
  phase: 'answered'
  /** In the native dialect, unknown keys included. */
  message: JsonObject
  /** null: not an inference_response, or with an invalid field. */
  reply: InferenceResponse | null
}

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
      throw new ProtocolError(outcome.reply.code ?? 'internal', messageIn(outcome.reply, 'error'))
    case 'broken':
      throw new ProtocolError(outcome.code, messageIn(outcome, 'message'))
  }
}
