import type { BackendState } from '../protocol/control.ts'
import { ProtocolError, type ErrorCode } from '../protocol/errors.ts'
import { bestTarget, stateMessage, type GatewayBackend, type GatewayTarget } from './targets.ts'

export const notReady = (backend: GatewayBackend) =>
  new ProtocolError(
    'not_ready',
    `${backend.name} is ${stateMessage(backend)}; ${remedyOf(bestTarget(backend)?.view().state)}`,
  )

const remedyOf = (state: BackendState | undefined) =>
  state === 'unreachable'
    ? 'check that it runs there; Switchyard keeps retrying'
    : 'start it, or wait until it is ready'

export const removed = (backend: string) =>
  new ProtocolError(
    'not_ready',
    `${backend} was removed from the configuration; the request was not sent`,
  )

export const unreachable = ({ id, url }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'not_ready',
    `Could not connect to ${id} at ${url} after 2 attempts (${reason}). The request was not sent; retry when the backend is ready.`,
  )

export const connectionLost = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'backend_lost',
    `${id} closed the connection (${reason}) while the request was in flight; send it again`,
  )

export function timedOut(backend: string, seconds: number, { wasSent }: { wasSent: boolean }) {
  const never = wasSent ? '' : '; no connection could be opened, and the request was not sent'
  return new ProtocolError(
    'timeout',
    `${backend} did not answer within ${seconds} s (request_timeout)${never}`,
  )
}

/** `limit` in bytes; null when only the backend knows it. */
export function requestTooLarge(backend: string, bytes: number, limit: number | null) {
  const bound = limit === null ? '' : ` (max_message_bytes ${limit})`
  return new ProtocolError(
    'too_large',
    `the message of ${bytes} bytes exceeds the limit of ${backend}${bound}; send smaller messages`,
  )
}

/** A reply that cannot be forwarded. `why` continues "The reply of <backend>". */
export const faultyAnswer = (backend: string, { code, why }: { code: ErrorCode; why: string }) =>
  new ProtocolError(code, `The reply of ${backend} ${why}.`)

export const replyFarTooLarge = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'too_large',
    `The connection to ${id} was closed: ${reason}. Raise max_message_bytes of ${id}, or return less.`,
  )

export const queueFull = ({ id, config }: GatewayTarget) =>
  new ProtocolError(
    'queue_full',
    `The queue of ${id} is full (queue_limit ${config.queue_limit}). Wait for replies before sending more, or raise queue_limit.`,
  )

export const cancelled = (requestId: string) =>
  new ProtocolError('cancelled', `request "${requestId}" was cancelled`)
