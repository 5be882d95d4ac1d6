/** Lifecycle of one backend: which state follows which event, and what to do. Pure; supervisor.ts owns process and timers. */

export type Lifecycle =
  | { phase: 'disabled' }
  /** The process was started and has not answered yet. */
  | { phase: 'starting'; attempt: number }
  /** It answers; its model is not loaded yet. */
  | { phase: 'loading'; attempt: number }
  | { phase: 'ready'; attempt: number }
  | { phase: 'degraded'; attempt: number; reason: string }
  | { phase: 'stopping'; then: 'disabled' | 'starting' }
  | { phase: 'backoff'; attempt: number; delayMs: number; reason: string }
  | { phase: 'failed'; reason: string }

export type LifecycleEvent =
  /** A person or the config wants it to run; after a failure this starts anew. */
  | { type: 'enable' }
  | { type: 'disable' }
  | { type: 'restart' }
  | { type: 'pong'; status: 'healthy' | 'loading' | 'degraded' | 'unhealthy' }
  /** `count` health checks in a row were not answered. */
  | { type: 'pong_missed'; count: number }
  | { type: 'exited'; reason: string }
  | { type: 'retry_due' }
  /** It was ready for a minute without a break. */
  | { type: 'stable' }

/** What the supervisor must do on entering the next state. */
export type Effect = 'spawn' | 'ask_to_stop' | 'kill'

export interface RestartLimits {
  baseMs: number
  attemptsMax: number
  /** Health checks in a row without an answer after which the process counts as hung. */
  missedPongsMax: number
}

export interface Step {
  state: Lifecycle
  effects: Effect[]
}

/** No wait between two starts grows beyond this. */
export const BACKOFF_MS_MAX = 60_000

/** Next state and effects; an event that means nothing in the current phase changes nothing. `random` yields [0, 1). */
export function step(
  state: Lifecycle,
  event: LifecycleEvent,
  limits: RestartLimits,
  random: () => number,
): Step {
  switch (event.type) {
    case 'enable':
      return enable(state)
    case 'disable':
      return disable(state)
    case 'restart':
      return isRunning(state)
        ? { state: { phase: 'stopping', then: 'starting' }, effects: ['ask_to_stop'] }
        : enable(state)
    case 'pong':
      return isRunning(state) ? stay(afterPong(state, event.status)) : stay(state)
    case 'pong_missed':
      return isRunning(state) ? afterMiss(state, event.count, limits) : stay(state)
    case 'exited':
      return afterExit(state, event.reason, limits, random)
    case 'retry_due':
      return state.phase === 'backoff' ? start(state.attempt) : stay(state)
    case 'stable':
      return state.phase === 'ready' ? stay({ phase: 'ready', attempt: 0 }) : stay(state)
    default:
      return event satisfies never
  }
}

export type Running = Extract<Lifecycle, { phase: 'starting' | 'loading' | 'ready' | 'degraded' }>

export function isRunning(state: Lifecycle): state is Running {
  return (
    state.phase === 'starting' ||
    state.phase === 'loading' ||
    state.phase === 'ready' ||
    state.phase === 'degraded'
  )
}

const stay = (state: Lifecycle): Step => ({ state, effects: [] })
const start = (attempt: number): Step => ({
  state: { phase: 'starting', attempt },
  effects: ['spawn'],
})

function enable(state: Lifecycle): Step {
  switch (state.phase) {
    case 'disabled':
    case 'failed':
    case 'backoff':
      return start(0)
    case 'stopping':
      return stay({ phase: 'stopping', then: 'starting' })
    default:
      return stay(state)
  }
}

function disable(state: Lifecycle): Step {
  if (isRunning(state)) {
    return { state: { phase: 'stopping', then: 'disabled' }, effects: ['ask_to_stop'] }
  }
  return stay(
    state.phase === 'stopping' ? { phase: 'stopping', then: 'disabled' } : { phase: 'disabled' },
  )
}

function afterPong(
  { attempt }: Running,
  status: 'healthy' | 'loading' | 'degraded' | 'unhealthy',
): Lifecycle {
  switch (status) {
    case 'healthy':
      return { phase: 'ready', attempt }
    case 'loading':
      return { phase: 'loading', attempt }
    case 'degraded':
    case 'unhealthy':
      return { phase: 'degraded', attempt, reason: `it reports "${status}"` }
    default:
      return status satisfies never
  }
}

function afterMiss(state: Running, count: number, limits: RestartLimits): Step {
  if (count >= limits.missedPongsMax) return { state, effects: ['kill'] }
  if (state.phase === 'starting') return stay(state)
  const reason = `${count} health ${count === 1 ? 'check' : 'checks'} unanswered`
  return stay({ phase: 'degraded', attempt: state.attempt, reason })
}

function afterExit(
  state: Lifecycle,
  reason: string,
  limits: RestartLimits,
  random: () => number,
): Step {
  if (state.phase === 'stopping') {
    return state.then === 'starting' ? start(0) : stay({ phase: 'disabled' })
  }
  if (!isRunning(state)) return stay(state)
  if (state.attempt >= limits.attemptsMax) {
    const spent = limits.attemptsMax === 0 ? '' : `; ${limits.attemptsMax} restarts were tried`
    return stay({ phase: 'failed', reason: `${reason}${spent}` })
  }
  const ceilingMs = Math.min(BACKOFF_MS_MAX, limits.baseMs * 2 ** state.attempt)
  // Half jitter: backends felled by one cause come back apart, and none restarts at once.
  const delayMs = Math.round(ceilingMs * (0.5 + random() / 2))
  return stay({ phase: 'backoff', attempt: state.attempt + 1, delayMs, reason })
}
