/** What `health_check` answers for a backend through the gateway, even while it is off: the state of its best target. */
import type { Pong } from '../protocol/backend.ts'
import type { BackendState } from '../protocol/control.ts'
import { bestTarget, type GatewayBackend, type GatewayTarget } from './targets.ts'

const STATUS_OF_STATE = {
  ready: 'healthy',
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

/** The pong of the best target, or one built from its state. Several targets are listed as `replicas`. */
export function healthOf(backend: GatewayBackend): Pong {
  const best = bestTarget(backend)
  const pong = best === null ? noTarget(backend) : pongOf(backend, best)
  if (backend.targets.length < 2) return pong
  const replicas = backend.targets.map((target) => ({ id: target.id, state: target.view().state }))
  return { ...pong, replicas }
}

/** Health of Switchyard itself: always healthy; `backends` holds the state of each backend. */
export function healthOfAll(backends: readonly GatewayBackend[]): Pong {
  return {
    type: 'pong',
    status: 'healthy',
    backend: 'switchyard',
    model_loaded: backends.some(isServing),
    backends: backends.map(stateOf),
  }
}

interface ShownState {
  name: string
  state: BackendState
  is_serving: boolean
}

export interface Readiness {
  is_ready: boolean
  backends: ShownState[]
}

/** Whether the named backend serves; without a name, whether every enabled one does. null: there is no such backend. */
export function readinessOf(
  backends: readonly GatewayBackend[],
  name: string | null,
): Readiness | null {
  const asked = backends.filter((backend) =>
    name === null ? backend.targets.some(({ config }) => config.enabled) : backend.name === name,
  )
  if (name !== null && asked.length === 0) return null
  const states = asked.map(stateOf)
  return { is_ready: states.every(({ is_serving }) => is_serving), backends: states }
}

const stateOf = (backend: GatewayBackend): ShownState => ({
  name: backend.name,
  state: bestTarget(backend)?.view().state ?? 'disabled',
  is_serving: isServing(backend),
})

const isServing = ({ targets }: GatewayBackend) => targets.some((target) => target.isServing)

function pongOf(backend: GatewayBackend, target: GatewayTarget): Pong {
  const { state, detail } = target.view()
  const { pong, isServing } = target
  if (state === 'ready' && pong !== null) return { ...pong, backend: backend.name }
  return {
    type: 'pong',
    // The last pong may be older than the supervisor's state.
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
