import { createHash } from 'node:crypto'
import type { Pong } from '../../protocol/backend.ts'
import { descriptorOf } from '../../protocol/builtin_backends.ts'
import { aboutKey, CONFIG_KEYS, isThirdParty, type BackendConfig } from '../../protocol/config.ts'
import { isServingState, type BackendView, type StopReport } from '../../protocol/control.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import type { Miss } from './health_probe.ts'
import { isWanted, type Lifecycle } from './lifecycle.ts'

export interface ViewSource {
  id: string
  backend: string
  config: BackendConfig
  state: Lifecycle
  /** Start of the state, unix milliseconds. */
  since: number
  retryAt: number | null
  requestsPerS: number | null
  lastStop: StopReport | null
  startsAhead: number
  /** Of the running process, with the gateway's measurements; null when there is none. */
  pong: Pong | null
  running: {
    pid: number | null
    startedAt: number
    pong: Pong | null
    pongMs: number | null
    missedPongs: number
    silentMs: number
    silentSince: number | null
    lastMiss: Miss | null
    inFlight: number
  } | null
}

export function backendView(source: ViewSource): BackendView {
  const { state, running, config, pong } = source
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
    warnings: pong?.warnings ?? [],
    precision: isThirdParty(config) ? null : config.precision,
    config_hash: configHash(config),
    image_size: pong?.image_size ?? null,
    descriptor: pong?.descriptor ?? descriptorOf(source.backend, config),
    sessions: pong?.sessions ?? null,
    pong_ms: running?.pongMs ?? null,
    missed_pongs: running?.missedPongs ?? 0,
    silent_since: running?.silentSince ?? null,
    is_live: pong !== null && running?.missedPongs === 0,
    is_ready: isServingState(state.phase),
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

const hashes = new WeakMap<BackendConfig, string>()
const HASH_LENGTH = 8

/** Excludes secrets and the switch, which do not change results. */
const HASHED_KEYS = CONFIG_KEYS.filter((key) => {
  const { secret, effect } = aboutKey(key)
  return secret !== true && effect !== 'switch'
}).sort()

function configHash(config: BackendConfig): string {
  const known = hashes.get(config)
  if (known !== undefined) return known
  const text = JSON.stringify(
    HASHED_KEYS.filter((key) => Object.hasOwn(config, key)).map((key) => [key, config[key]]),
  )
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH)
  hashes.set(config, hash)
  return hash
}

function detailOf({ state, config, running, startsAhead }: ViewSource): string | null {
  switch (state.phase) {
    case 'degraded':
    case 'backoff':
    case 'failed':
    case 'unreachable':
      return state.reason
    case 'starting': {
      if (startsAhead > 0) {
        return `Waiting for ${startsAhead} other ${startsAhead === 1 ? 'start' : 'starts'}`
      }
      const reason = running?.lastMiss?.reason
      return reason === undefined ? null : `Not answering yet: ${reason}`
    }
    case 'loading':
      return loadingDetail(running)
    case 'busy':
      return busyDetail(running)
    case 'ready':
      return config.runtime === 'external' ? 'not started by us' : null
    case 'stopping': {
      if (typeof state.then === 'object') return state.then.failed
      const left = running?.pong?.in_flight ?? 0
      return left > 0 ? `finishing ${left}` : null
    }
    case 'disabled':
      return null
    default:
      return state satisfies never
  }
}

function loadingDetail(running: ViewSource['running']): string | null {
  const detail = running?.pong?.detail
  if (running === null || running.missedPongs === 0) return detail ?? null
  const silence = `No answer to health checks for ${seconds(running.silentMs)} s`
  return detail === undefined ? silence : `${detail}; ${silence}`
}

function busyDetail(running: ViewSource['running']): string {
  const count = running?.inFlight ?? 0
  const requests = `${count} ${count === 1 ? 'request' : 'requests'} in flight`
  if (running === null || running.missedPongs === 0) return requests
  return `Busy ${seconds(running.silentMs)} s; ${requests}`
}

const seconds = (ms: number) => Math.round(ms / 1000)

/** Why GPU memory is unknown; it is never shown as 0. */
function gpuReason({ running }: ViewSource, provider: string | null): string {
  if (running === null) return 'not running'
  if (provider === null) return 'known once the model is loaded'
  if (provider === 'CPU') return 'runs on CPU'
  return 'this version does not read the GPU memory of a process'
}

export function announce(
  state: Lifecycle,
  config: BackendConfig,
  provider: string | null,
): { level: LogLevel; message: string; provider?: string } {
  switch (state.phase) {
    case 'backoff': {
      const seconds = (state.delayMs / 1000).toFixed(1)
      const attempts = `try ${state.attempt} of ${config.max_reconnect_attempts} in ${seconds} s`
      return { level: 'warn', message: `${state.reason}; ${attempts}` }
    }
    case 'ready':
      return provider === null
        ? { level: 'info', message: 'ready on an unknown provider' }
        : { level: 'info', message: `ready on ${provider}`, provider }
    case 'failed':
      return { level: 'error', message: `failed: ${state.reason}` }
    case 'degraded':
      return { level: 'warn', message: `degraded: ${state.reason}` }
    case 'unreachable':
      return { level: 'warn', message: `unreachable: ${state.reason}; it is tried again` }
    default:
      return { level: 'info', message: state.phase }
  }
}
