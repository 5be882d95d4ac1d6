/** What the panel is told of a backend, from its lifecycle and its last pong. Pure. */
import type { Pong } from '../../protocol/backend.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { BackendView } from '../../protocol/control.ts'
import { isRunning, type Lifecycle } from './lifecycle.ts'

export interface ViewSource {
  name: string
  config: BackendConfig
  state: Lifecycle
  /** Since when the state holds, unix ms. */
  since: number
  retryAt: number | null
  requestsPerS: number | null
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
    name: source.name,
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
    pong_ms: running?.pongMs ?? null,
    missed_pongs: running?.missedPongs ?? 0,
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

/** What the switch shows: a person, or the config, wants it to run. */
function isWanted(state: Lifecycle): boolean {
  return isRunning(state) || state.phase === 'backoff' || state.phase === 'failed'
    ? true
    : state.phase === 'stopping' && state.then === 'starting'
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
