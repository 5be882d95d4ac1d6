/** State machine of one backend; supervisor.ts owns its process and timers. */
import { message, type Message } from '../../protocol/messages.ts'

export type Lifecycle =
  | { phase: 'disabled' }
  | { phase: 'starting'; attempt: number }
  /** It responds; its model is not loaded yet. */
  | { phase: 'loading'; attempt: number }
  | { phase: 'ready'; attempt: number }
  | { phase: 'degraded'; attempt: number; reason: Message }
  /** A third-party backend that processes requests and does not answer health checks meanwhile. It serves. */
  | { phase: 'busy'; attempt: number }
  /** An external backend that is unavailable, and why. It is retried. */
  | { phase: 'unreachable'; attempt: number; reason: Message }
  /** `hasExited`: only the port is still awaited. */
  | { phase: 'stopping'; then: AfterStop; hasExited: boolean }
  | { phase: 'backoff'; attempt: number; delayMs: number; reason: Message }
  | { phase: 'failed'; reason: Message }

export type AfterStop = 'disabled' | 'starting' | { failed: Message }

export type LifecycleEvent =
  /** A user or the config wants it to run; after a failure, attempts start at 1 again. */
  | { type: 'enable' }
  | { type: 'disable' }
  | { type: 'restart' }
  /** `slowMs`: delay of the last of several late pongs. `detail`: what it reports about itself. */
  | {
      type: 'pong'
      status: 'healthy' | 'loading' | 'degraded' | 'unhealthy'
      slowMs?: number | null
      isBusy?: boolean
      detail?: Message | undefined
    }
  | { type: 'unanswered'; reason: Message }
  | { type: 'busy' }
  | { type: 'unreachable'; reason: Message }
  | { type: 'exited'; reason: Message }
  /** After a stop: the port is free, or the wait timed out. */
  | { type: 'port_checked' }
  | { type: 'retry_due' }
  /** Code of this backend has thrown. `hasProcess`: a process was started and has not exited. */
  | { type: 'fault'; reason: Message; hasProcess: boolean }
  | { type: 'stable' }

export type Effect = 'spawn' | 'ask_to_stop' | 'kill' | 'await_port'

export interface RestartLimits {
  baseMs: number
  attemptsMax: number
}

export interface Step {
  state: Lifecycle
  effects: Effect[]
}

export const BACKOFF_MS_MAX = 60_000

/** Events that the table does not list for the phase change nothing. `random` returns [0, 1). */
export function step(
  state: Lifecycle,
  event: LifecycleEvent,
  limits: RestartLimits,
  random: () => number,
): Step {
  const row = TRANSITIONS[state.phase] as Partial<
    Record<LifecycleEvent['type'], (given: Given<Lifecycle, LifecycleEvent>) => Step>
  >
  return row[event.type]?.({ state, event, limits, random }) ?? { state, effects: [] }
}

type Phase = Lifecycle['phase']
type In<P extends Phase> = Extract<Lifecycle, { phase: P }>
type On<E extends LifecycleEvent['type']> = Extract<LifecycleEvent, { type: E }>
interface Given<S, E> {
  state: S
  event: E
  limits: RestartLimits
  random: () => number
}
type Transition<S, E extends LifecycleEvent['type']> = (given: Given<S, On<E>>) => Step
type Row<S> = { [E in LifecycleEvent['type']]?: Transition<S, E> }

export type Running = In<'starting' | 'loading' | 'ready' | 'degraded' | 'busy' | 'unreachable'>

const RUNNING: readonly Phase[] = [
  'starting',
  'loading',
  'ready',
  'degraded',
  'busy',
  'unreachable',
]

export function isRunning(state: Lifecycle): state is Running {
  return RUNNING.includes(state.phase)
}

/** What the switch shows: a user or the config wants it to run. */
export function isWanted(state: Lifecycle): boolean {
  if (state.phase === 'stopping') return state.then !== 'disabled'
  return state.phase !== 'disabled'
}

const to = (state: Lifecycle, ...effects: Effect[]): Step => ({ state, effects })

const off = () => to({ phase: 'disabled' })
const start = () => to({ phase: 'starting', attempt: 0 }, 'spawn')
const retry = ({ state }: { state: In<'backoff'> }) =>
  to({ phase: 'starting', attempt: state.attempt }, 'spawn')
const stopFor = (then: AfterStop) => () =>
  to({ phase: 'stopping', then, hasExited: false }, 'ask_to_stop')
const thenInstead = (then: AfterStop) => (given: { state: In<'stopping'> }) =>
  to({ ...given.state, then })

const awaitPort: Transition<In<'stopping'>, 'exited'> = ({ state }) =>
  to({ ...state, hasExited: true }, 'await_port')

const stopped = (then: AfterStop): Step => {
  if (then === 'starting') return start()
  return then === 'disabled' ? off() : to({ phase: 'failed', reason: then.failed })
}

const afterStop: Transition<In<'stopping'>, 'port_checked'> = ({ state }) =>
  state.hasExited ? stopped(state.then) : to(state)

/** No restart: the error would repeat. A process is killed and awaited first. */
const giveUp: Transition<Running | In<'backoff'>, 'fault'> = ({ event: { reason, hasProcess } }) =>
  hasProcess
    ? to({ phase: 'stopping', then: { failed: reason }, hasExited: false }, 'kill')
    : to({ phase: 'failed', reason })

const giveUpStop: Transition<In<'stopping'>, 'fault'> = ({ state, event }) => {
  const then = state.then === 'starting' ? { failed: event.reason } : state.then
  return event.hasProcess ? to({ ...state, then }, 'kill') : stopped(then)
}

const hear: Transition<Running, 'pong'> = ({ state: { attempt }, event }) => {
  const { status, slowMs, isBusy, detail } = event
  if (status === 'loading') return to({ phase: 'loading', attempt })
  if (status !== 'healthy') {
    return to({
      phase: 'degraded',
      attempt,
      reason: detail ?? message('reason.reports', { status }),
    })
  }
  if (isBusy === true) return to({ phase: 'busy', attempt })
  if (typeof slowMs !== 'number') return to({ phase: 'ready', attempt })
  const reason = message('reason.slow', { ms: Math.round(slowMs) })
  return to({ phase: 'degraded', attempt, reason })
}

const unanswered: Transition<Running, 'unanswered'> = ({ state: { attempt }, event }) =>
  to({ phase: 'degraded', attempt, reason: event.reason })

const beBusy = ({ state: { attempt } }: { state: Running }) => to({ phase: 'busy', attempt })

const loseSight: Transition<Running, 'unreachable'> = ({ state: { attempt }, event }) =>
  to({ phase: 'unreachable', attempt, reason: event.reason })

const backOff: Transition<Running, 'exited'> = ({ state, event: { reason }, limits, random }) => {
  const { attempt } = state
  if (attempt >= limits.attemptsMax) {
    const count = limits.attemptsMax
    const spent = count === 0 ? reason : message('reason.restarts', { reason, count })
    return to({ phase: 'failed', reason: spent })
  }
  const ceilingMs = Math.min(BACKOFF_MS_MAX, limits.baseMs * 2 ** attempt)
  // Half jitter: backends that failed for one cause do not restart together, and none restarts immediately.
  const delayMs = Math.round(ceilingMs * (0.5 + random() / 2))
  return to({ phase: 'backoff', attempt: attempt + 1, delayMs, reason })
}

/** What every phase with a living process does. */
const ALIVE: Row<Running> = {
  disable: stopFor('disabled'),
  restart: stopFor('starting'),
  pong: hear,
  unreachable: loseSight,
  exited: backOff,
  fault: giveUp,
}

const SERVING: Row<Running> = { ...ALIVE, unanswered, busy: beBusy }

const TRANSITIONS: { [P in Phase]: Row<In<P>> } = {
  disabled: { enable: start, restart: start },
  starting: ALIVE,
  loading: { ...ALIVE, unanswered },
  ready: { ...SERVING, stable: () => to({ phase: 'ready', attempt: 0 }) },
  busy: { ...SERVING, stable: () => to({ phase: 'busy', attempt: 0 }) },
  degraded: SERVING,
  unreachable: ALIVE,
  stopping: {
    enable: thenInstead('starting'),
    restart: thenInstead('starting'),
    disable: thenInstead('disabled'),
    exited: awaitPort,
    port_checked: afterStop,
    fault: giveUpStop,
  },
  backoff: { enable: start, restart: start, disable: off, retry_due: retry, fault: giveUp },
  failed: { enable: start, restart: start, disable: off },
}
