/** What the panel is told of a backend, from its lifecycle and its last pong. Pure. */
import type { Pong } from '../../protocol/backend.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { BackendView, StopReport } from '../../protocol/control.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import { isWanted, type Lifecycle } from './lifecycle.ts'

export interface ViewSource {
  id: string
  backend: string
  config: BackendConfig
  state: Lifecycle
  /** Since when the state holds, unix ms. */
  since: number
  retryAt: number | null
  requestsPerS: number | null
  lastStop: StopReport | null
  /** null while there is no process. */
  running: {
    pid: number | null
    startedAt: number
    pong: Pong | null
    pongMs: number | null
    missedPongs: number
  } | null
}

export function backendView(source: ViewSource): BackendView {
  const { state, running, config } = source
  const pong = running?.pong ?? null
  return {
    name: source.id,
    backend: source.backend,
    runtime: config.runtime,
    host: config.host,
    port: config.port,
    state: state.phase,
    since: source.since,
    wanted: isWanted(state),
    detail: detailOf(source),
    retry_at: state.phase === 'backoff' ? source.retryAt : null,
    attempt: 'attempt' in state ? state.attempt : 0,
    max_attempts: config.max_reconnect_attempts,
    pid: running?.pid ?? null,
    started_at: running?.startedAt ?? null,
    provider: pong?.provider ?? null,
    models: pong?.models ?? [],
    placements: pong?.placements ?? [],
    sessions: pong?.sessions ?? null,
    pong_ms: running?.pongMs ?? null,
    missed_pongs: running?.missedPongs ?? 0,
    is_live: running?.pong !== null && running?.pong !== undefined && running.missedPongs === 0,
    is_ready: state.phase === 'ready' || state.phase === 'degraded',
    last_stop: source.lastStop,
    in_flight: pong?.in_flight ?? null,
    queue_depth: pong?.queue_depth ?? null,
    queue_limit: config.queue_limit,
    requests: pong?.stats?.requests ?? 0,
    errors: pong?.stats?.errors ?? 0,
    requests_per_s: running === null ? null : source.requestsPerS,
    latency_ms: pong?.stats?.latency_ms ?? null,
    rss_bytes: pong?.memory?.rss_bytes ?? null,
    gpu_bytes: null,
    gpu_reason: gpuReason(source, pong?.provider ?? null),
  }
}

function detailOf({ state, config, running }: ViewSource): string | null {
  switch (state.phase) {
    case 'degraded':
    case 'backoff':
    case 'failed':
      return state.reason
    case 'loading':
      return running?.pong?.detail ?? null
    case 'ready':
      return config.runtime === 'external' ? 'not started by us' : null
    case 'stopping': {
      if (typeof state.then === 'object') return state.then.failed
      const left = running?.pong?.in_flight ?? 0
      return left > 0 ? `finishing ${left}` : null
    }
    default:
      return null
  }
}

/** Why there is no figure for GPU memory; unknown is never shown as 0. */
function gpuReason({ running }: ViewSource, provider: string | null): string {
  if (running === null) return 'not running'
  if (provider === null) return 'known once the model is loaded'
  if (provider === 'CPU') return 'runs on CPU'
  return 'this version does not read the GPU memory of a process'
}

/** A sentence for the log and the history when a state is entered. */
export function announce(
  state: Lifecycle,
  config: BackendConfig,
  provider: string | null,
): { level: LogLevel; message: string } {
  switch (state.phase) {
    case 'backoff': {
      const seconds = (state.delayMs / 1000).toFixed(1)
      const attempts = `try ${state.attempt} of ${config.max_reconnect_attempts} in ${seconds} s`
      return { level: 'warn', message: `${state.reason}; ${attempts}` }
    }
    case 'ready':
      return { level: 'info', message: `ready on ${provider ?? 'an unknown provider'}` }
    case 'failed':
      return { level: 'error', message: `failed: ${state.reason}` }
    case 'degraded':
      return { level: 'warn', message: `degraded: ${state.reason}` }
    default:
      return { level: 'info', message: state.phase }
  }
}
