import { type Message, quoted } from './messages.ts'

/** Every error code that a backend or the gateway may answer with. Types, replies and the docs table derive from it. */
export const ERROR_CODES = {
  invalid_json: 'The message is not a JSON object.',
  invalid_request: 'A field is missing, has the wrong type or is out of its range.',
  unknown_type: 'The message type is not part of the protocol.',
  invalid_image: 'The bytes cannot be decoded as an image.',
  too_large: 'A size limit (bytes, pixels, nesting, count) was exceeded.',
  queue_full: 'The queue of the backend is at its limit.',
  timeout: 'The deadline passed before an answer was there.',
  not_ready: 'The backend is off, or its model is still loading.',
  backend_lost: 'The backend ended while the request was in flight.',
  quarantined: 'This input was in flight at two crashes and is refused.',
  cancelled: 'The client cancelled the request.',
  internal: 'The backend failed in a way that the request did not cause.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** An error whose text is a message with a code. */
export class MessageError extends Error {
  readonly said: Message

  constructor(said: Message, options?: ErrorOptions) {
    super(said.message, options)
    this.said = said
  }
}

/** An expected failure, sent to the client: its text names the fault, the value and the remedy. */
export class ProtocolError extends MessageError {
  readonly code: ErrorCode

  constructor(code: ErrorCode, said: Message, options?: ErrorOptions) {
    super(said, options)
    this.name = 'ProtocolError'
    this.code = code
  }
}

/** An expected failure of a ControlApi call; its text names the fault and the remedy. */
export class ControlError extends MessageError {
  readonly code: string

  constructor(code: string, said: Message) {
    super(said)
    this.name = 'ControlError'
    this.code = code
  }
}

/** What was thrown, as a message. */
export const saidBy = (error: unknown): Message =>
  error instanceof MessageError ? error.said : quoted(messageOf(error))
