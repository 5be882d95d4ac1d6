/** The gateway's view of a backend and the processes that serve it. Implemented by the supervisors. */
import type { Pong } from '../protocol/backend.ts'
import { isThirdParty, type BackendConfig } from '../protocol/config.ts'
import type { BackendState, LogLine } from '../protocol/control.ts'

export type NewLogLine = Pick<LogLine, 'source' | 'level' | 'message'>
export interface GatewayLog {
  add(line: NewLogLine): unknown
}

/** One process (or external server) that serves a backend. */
export interface GatewayTarget {
  /** Unique among the targets of all backends: `emotion`, and `emotion-2` for its second replica. */
  readonly id: string
  readonly url: string
  /** Sent as `Authorization: Bearer` with every connection to its port; null where the port requires none. */
  readonly token: string | null
  /** Its model is loaded and answers, including while degraded. */
  readonly isServing: boolean
  readonly isDegraded: boolean
  /** The last pong of the running process; null when there is none. */
  readonly pong: Pong | null
  /** May change while requests are in flight: read it at each use. */
  readonly config: BackendConfig
  view(): { state: BackendState; detail: string | null }
}

/** Whether a request may be sent to it in the binary form. */
export const acceptsBinary = ({ config, pong }: GatewayTarget): boolean =>
  config.dialect === 'native' && (!isThirdParty(config) || pong?.accepts_binary === true)

export interface GatewayBackend {
  /** Name of the section in the configuration. */
  readonly name: string
  readonly targets: readonly GatewayTarget[]
}

/** From best to worst, from the point of view of a waiting client. */
const STATES_BEST_FIRST: readonly BackendState[] = [
  'ready',
  'busy',
  'degraded',
  'loading',
  'starting',
  'backoff',
  'unreachable',
  'stopping',
  'failed',
  'disabled',
]

/** The best of states; `disabled` of none. */
export function bestState(states: readonly BackendState[]): BackendState {
  return STATES_BEST_FIRST.find((state) => states.includes(state)) ?? 'disabled'
}

/** The target in the best state, of equals the first; null for a backend without targets. */
export function bestTarget(backend: GatewayBackend): GatewayTarget | null {
  const rank = (target: GatewayTarget) => STATES_BEST_FIRST.indexOf(target.view().state)
  return backend.targets.reduce<GatewayTarget | null>(
    (best, target) => (best === null || rank(target) < rank(best) ? target : best),
    null,
  )
}

/** "disabled", or "backoff (exit code 1)". */
export function stateMessage(backend: GatewayBackend): string {
  const best = bestTarget(backend)
  if (best === null) return 'without a process'
  const { state, detail } = best.view()
  return detail === null ? state : `${state} (${detail})`
}

/** States from which a target returns to serving on its own. */
const STATES_ON_THE_WAY: ReadonlySet<BackendState> = new Set([
  'ready',
  'busy',
  'degraded',
  'loading',
  'starting',
  'backoff',
])

/** Whether waiting makes sense: a target serves, or will. */
export function mayServeSoon(backend: GatewayBackend): boolean {
  return backend.targets.some((target) => STATES_ON_THE_WAY.has(target.view().state))
}
