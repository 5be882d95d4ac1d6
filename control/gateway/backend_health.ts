/** What `health_check` answers for a backend through the gateway, also while it is off: the state of its best target. Pure. */
import type { Pong } from '../../protocol/backend.ts'
import type { BackendState } from '../../protocol/control.ts'
import { bestTarget, type GatewayBackend, type GatewayTarget } from './targets.ts'

const STATUS_OF_STATE = {
  ready: 'healthy',
  // It works on requests.
  busy: 'healthy',
  degraded: 'degraded',
  starting: 'loading',
  loading: 'loading',
  stopping: 'unhealthy',
  backoff: 'unhealthy',
  unreachable: 'unhealthy',
  failed: 'unhealthy',
  disabled: 'unhealthy',
} as const satisfies Record<BackendState, Pong['status']>

/** The pong of the best target, or one that tells its state. Several targets are listed as `replicas`. */
export function healthOf(backend: GatewayBackend): Pong {
  const best = bestTarget(backend)
  const pong = best === null ? noTarget(backend) : pongOf(backend, best)
  if (backend.targets.length < 2) return pong
  const replicas = backend.targets.map((target) => ({ id: target.id, state: target.view().state }))
  return { ...pong, replicas }
}

function pongOf(backend: GatewayBackend, target: GatewayTarget): Pong {
  const { state, detail } = target.view()
  const { pong, isServing } = target
  if (state === 'ready' && pong !== null) return { ...pong, backend: backend.name }
  return {
    type: 'pong',
    // The last pong may be older than what the supervisor knows by now.
    ...(isServing ? pong : null),
    status: STATUS_OF_STATE[state],
    backend: backend.name,
    model_loaded: isServing,
    detail: detail === null ? state : `${state}: ${detail}`,
  }
}

const noTarget = (backend: GatewayBackend): Pong => ({
  type: 'pong',
  status: 'unhealthy',
  backend: backend.name,
  model_loaded: false,
  detail: 'no process is set up for it',
})
