/** The errors that the gateway answers a request with in place of the backend. Pure. */
import type { BackendState } from '../protocol/control.ts'
import { ProtocolError, type ErrorCode } from '../protocol/errors.ts'
import { bestTarget, stateSentence, type GatewayBackend, type GatewayTarget } from './targets.ts'

export const notReady = (backend: GatewayBackend) =>
  new ProtocolError(
    'not_ready',
    `${backend.name} is ${stateSentence(backend)}; ${remedyOf(bestTarget(backend)?.view().state)}`,
  )

/** Nothing that is asked of Switchyard starts a program that others run. */
const remedyOf = (state: BackendState | undefined) =>
  state === 'unreachable'
    ? 'check that it runs there; Switchyard keeps trying'
    : 'start it, or wait until it is ready'

export const removed = (backend: string) =>
  new ProtocolError(
    'not_ready',
    `${backend} was taken out of the configuration; the request was never sent`,
  )

/** `reason` is that of the connection that never opened. */
export const unreachable = ({ id, url }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'not_ready',
    `${id} takes no connection at ${url} (${reason}), also not at a second try; the request was never sent: send it again once the backend is ready`,
  )

export const connectionLost = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'backend_lost',
    `${id} closed the connection (${reason}) with the request in flight; send it again`,
  )

export function timedOut(backend: string, seconds: number, { wasSent }: { wasSent: boolean }) {
  const never = wasSent ? '' : '; no connection to it opened, and the request was never sent'
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
    `the message of ${bytes} bytes is larger than ${backend} takes${bound}; send less at once`,
  )
}

/** A reply that cannot be passed on. `why` continues "The answer of <backend>". */
export const faultyAnswer = (backend: string, { code, why }: { code: ErrorCode; why: string }) =>
  new ProtocolError(code, `The answer of ${backend} ${why}.`)

/** The connection was closed over a reply whose size alone was known. */
export const replyFarTooLarge = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError(
    'too_large',
    `The connection to ${id} was closed: ${reason}. Raise max_message_bytes of ${id}, or return less.`,
  )

export const queueFull = ({ id, config }: GatewayTarget) =>
  new ProtocolError(
    'queue_full',
    `The queue of ${id} is full (queue_limit ${config.queue_limit}). Wait for answers before sending more, or raise queue_limit.`,
  )

export const cancelled = (requestId: string) =>
  new ProtocolError('cancelled', `request "${requestId}" was cancelled`)
