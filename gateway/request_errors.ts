import type { BackendState } from '../protocol/control.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { message } from '../protocol/messages.ts'
import { bestTarget, stateMessage, type GatewayBackend, type GatewayTarget } from './targets.ts'

export const notReady = (backend: GatewayBackend) =>
  new ProtocolError(
    'not_ready',
    message('request.not_ready', {
      backend: backend.name,
      state: stateMessage(backend),
      remedy: remedyOf(bestTarget(backend)?.view().state),
    }),
  )

const remedyOf = (state: BackendState | undefined) =>
  state === 'unreachable' ? message('request.check_there') : message('request.start_it')

export const removed = (backend: string) =>
  new ProtocolError('not_ready', message('request.removed', { backend }))

export const unreachable = ({ id, url }: GatewayTarget, reason: string) =>
  new ProtocolError('not_ready', message('request.unreachable', { backend: id, url, reason }))

export const connectionLost = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError('backend_lost', message('request.lost', { backend: id, reason }))

export function timedOut(backend: string, seconds: number, { wasSent }: { wasSent: boolean }) {
  const values = { backend, seconds }
  return new ProtocolError(
    'timeout',
    wasSent ? message('request.timeout', values) : message('request.timeout_unsent', values),
  )
}

/** `limit` in bytes; null when only the backend knows it. */
export function requestTooLarge(backend: string, bytes: number, limit: number | null) {
  return new ProtocolError(
    'too_large',
    limit === null
      ? message('request.too_large', { bytes, backend })
      : message('request.too_large_for', { bytes, backend, max: limit }),
  )
}

export const replyFarTooLarge = ({ id }: GatewayTarget, reason: string) =>
  new ProtocolError('too_large', message('request.reply_too_large', { backend: id, reason }))

export const queueFull = ({ id, config }: GatewayTarget) =>
  new ProtocolError(
    'queue_full',
    message('request.queue_full', { backend: id, limit: config.queue_limit }),
  )

export const cancelled = (requestId: string) =>
  new ProtocolError('cancelled', message('run.cancelled', { id: requestId }))
