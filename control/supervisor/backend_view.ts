import { createHash } from 'node:crypto'
import type { Pong } from '../../protocol/backend.ts'
import { descriptorOf } from '../../protocol/builtin_backends.ts'
import { aboutKey, CONFIG_KEYS, isThirdParty, type BackendConfig } from '../../protocol/config.ts'
import { isServingState, type BackendView, type StopReport } from '../../protocol/control.ts'
import type { LogLevel } from '../../protocol/log_lines.ts'
import type { Miss } from './health_probe.ts'
import { asText, message, messageIn, type Message } from '../../protocol/messages.ts'
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
    note: Message | null
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
    ...asText({
      detail: stateDetail(source),
      gpu_reason: gpuReason(running !== null, pong?.provider ?? null),
    }),
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

function stateDetail({ state, config, running, startsAhead }: ViewSource): Message | null {
  switch (state.phase) {
    case 'degraded':
    case 'backoff':
    case 'failed':
    case 'unreachable':
      return state.reason
    case 'starting': {
      if (startsAhead > 0) return message('detail.queued', { count: startsAhead })
      const reason = running?.lastMiss?.reason
      return reason === undefined ? null : message('detail.not_answering', { reason })
    }
    case 'loading':
      return loadingDetail(running)
    case 'busy':
      return busyDetail(running)
    case 'ready':
      return config.runtime === 'external' ? message('detail.external') : (running?.note ?? null)
    case 'stopping': {
      if (typeof state.then === 'object') return state.then.failed
      const requests = running?.pong?.in_flight ?? 0
      return requests > 0 ? message('detail.finishing', { requests }) : null
    }
    case 'disabled':
      return null
    default:
      return state satisfies never
  }
}

function loadingDetail(running: ViewSource['running']): Message | null {
  const detail = detailOf(running?.pong ?? null) ?? null
  if (running === null || running.missedPongs === 0) return detail
  const silence = message('detail.no_pong', { seconds: seconds(running.silentMs) })
  return detail === null ? silence : message('clauses', { first: detail, second: silence })
}

/** What a backend reports about its state; undefined when it reports nothing. */
export function detailOf(pong: Pong | null): Message | undefined {
  const detail = pong?.detail
  return detail === undefined ? undefined : messageIn({ ...pong, detail }, 'detail')
}

function busyDetail(running: ViewSource['running']): Message {
  const requests = message('detail.in_flight', { count: running?.inFlight ?? 0 })
  if (running === null || running.missedPongs === 0) return requests
  return message('detail.busy', { seconds: seconds(running.silentMs), requests })
}

const seconds = (ms: number) => Math.round(ms / 1000)

/** Why GPU memory is unknown; it is never shown as 0. */
function gpuReason(isRunning: boolean, provider: string | null): Message {
  if (!isRunning) return message('gpu.not_running')
  if (provider === null) return message('gpu.not_loaded')
  return message(provider === 'CPU' ? 'gpu.on_cpu' : 'gpu.external')
}

/** A message for the log and the history when a state is entered. */
export function announce(
  state: Lifecycle,
  config: BackendConfig,
  provider: string | null,
): Message & { level: LogLevel; provider?: string } {
  switch (state.phase) {
    case 'backoff': {
      const { reason, attempt } = state
      const seconds = (state.delayMs / 1000).toFixed(1)
      const max = config.max_reconnect_attempts
      return { level: 'warn', ...message('event.backoff', { reason, attempt, max, seconds }) }
    }
    case 'ready':
      return provider === null
        ? { level: 'info', ...message('state.ready') }
        : { level: 'info', ...message('event.ready', { provider }), provider }
    case 'failed':
      return { level: 'error', ...message('event.failed', { reason: state.reason }) }
    case 'degraded':
    case 'unreachable':
      return { level: 'warn', ...message(`event.${state.phase}`, { reason: state.reason }) }
    default:
      return { level: 'info', ...message(`state.${state.phase}`) }
  }
}
