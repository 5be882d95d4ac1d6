/** The gateway's view of a backend and the processes that serve it. Implemented by the supervisors. */
import type { Pong } from '../protocol/backend.ts'
import { type Message, message, messageIn, type Wording } from '../protocol/messages.ts'
import { isThirdParty, type BackendConfig } from '../protocol/config.ts'
import type { BackendState, LogLine } from '../protocol/control.ts'

export type NewLogLine = Pick<LogLine, 'source' | 'level' | 'message'>
export interface GatewayLog {
  add(line: NewLogLine): unknown
}

export interface GatewayTarget {
  /** Unique over all backends: `emotion`, and `emotion-2` for its second replica. */
  readonly id: string
  readonly url: string
  /** Sent as `Authorization: Bearer` to its port; null if none is required. */
  readonly token: string | null
  /** The model is loaded and answers, including while degraded. */
  readonly isServing: boolean
  readonly isDegraded: boolean
  /** Of the running process; null when there is none. */
  readonly pong: Pong | null
  /** May change while requests are in flight: read it at each use. */
  readonly config: BackendConfig
  view(): { state: BackendState; detail: string | null; wording?: Wording }
}

export const acceptsBinary = ({ config, pong }: GatewayTarget): boolean =>
  config.dialect === 'native' && (!isThirdParty(config) || pong?.accepts_binary === true)

export interface GatewayBackend {
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

export function bestState(states: readonly BackendState[]): BackendState {
  return STATES_BEST_FIRST.find((state) => states.includes(state)) ?? 'disabled'
}

/** Of equal states the first; null for a backend without targets. */
export function bestTarget(backend: GatewayBackend): GatewayTarget | null {
  const rank = (target: GatewayTarget) => STATES_BEST_FIRST.indexOf(target.view().state)
  return backend.targets.reduce<GatewayTarget | null>(
    (best, target) => (best === null || rank(target) < rank(best) ? target : best),
    null,
  )
}

export function stateMessage(backend: GatewayBackend): Message {
  const best = bestTarget(backend)
  if (best === null) return message('request.no_process')
  const view = best.view()
  const state = message(`state.${view.state}`)
  const detail = messageIn(view, 'detail')
  return detail === null ? state : message('request.state', { state, detail })
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
