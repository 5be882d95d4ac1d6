/** Texts of a backend's row: state label, second line, addresses and provider names. */
import { isServingState, type BackendState, type BackendView } from '../../protocol/control.ts'
import { message } from '../../protocol/messages.ts'
import { fieldText, messageText } from './message.ts'
import { t } from '../i18n/i18n.ts'
import { clockMinutes, duration, secondsUntil } from './time.ts'

export const stateName = (state: BackendState): string =>
  messageText(message(`state.${state}`)).replace(/^./, (first) => first.toUpperCase())

export const STATES_WORST_FIRST: readonly BackendState[] = [
  'failed',
  'backoff',
  'unreachable',
  'degraded',
  'starting',
  'loading',
  'stopping',
  'busy',
  'ready',
  'disabled',
]

/** Takes requests, even if slowly. */
export function isServing(backend: BackendView): boolean {
  return isServingState(backend.state)
}

/** What the state alone does not show: progress, countdown, reason. Empty if there is nothing to add. */
export function stateDetail(backend: BackendView, nowMs: number): string {
  const detail = fieldText(backend, 'detail')
  switch (backend.state) {
    case 'disabled':
      return detail ?? t('words:off_since', { time: clockMinutes(backend.since, nowMs) })
    case 'backoff':
      return backoffDetail(backend, nowMs)
    case 'busy':
      return t('words:busy_detail')
    case 'stopping':
      return detail ?? (backend.in_flight ? t('words:finishing', { count: backend.in_flight }) : '')
    case 'ready':
    case 'starting':
    case 'loading':
    case 'degraded':
    case 'unreachable':
    case 'failed':
      return detail ?? ''
  }
}

export function warningText(backend: BackendView): string {
  const { length: count } = backend.warnings
  return isServing(backend) && count > 0 ? t('words:model_warnings', { count }) : ''
}

/** "Ready"; "Busy 9 s" while the process is running inference and does not respond. */
export function stateLabel({ state, silent_since: since }: BackendView, nowMs: number): string {
  if (state !== 'busy' || since === null) return stateName(state)
  return t('words:busy_for', { duration: duration(nowMs - since) })
}

function backoffDetail(backend: BackendView, nowMs: number): string {
  const { attempt, max_attempts: max } = backend
  if (backend.retry_at === null) return t('words:try', { attempt, max })
  const seconds = secondsUntil(backend.retry_at, nowMs)
  return t('words:try_in', { attempt, max, seconds })
}

/** `41822 · 3 h 12 m`; empty if no process is running. */
export function processLine(backend: BackendView, nowMs: number): string {
  if (backend.pid === null) return ''
  const uptime = backend.started_at === null ? '' : ` · ${duration(nowMs - backend.started_at)}`
  return `${backend.pid}${uptime}`
}

/** Progress of a start from a detail such as "warm-up 2 of 4"; null if the detail has none. */
export function progressShare(detail: string | null): number | null {
  const match = /(\d+)\s*(?:of|\/)\s*(\d+)/.exec(detail ?? '')
  const done = Number(match?.[1])
  const total = Number(match?.[2])
  return match && total > 0 ? Math.min(1, done / total) : null
}

const PROVIDER_NAMES: Record<string, string> = {
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'Core ML',
  webgpu: 'WebGPU',
  cpu: 'CPU',
}

export function providerName(provider: string): string {
  return PROVIDER_NAMES[provider.toLowerCase()] ?? provider
}

export function backendAddress(backend: { host: string; port: number }): string {
  // IPv6 addresses need brackets in a URL.
  const host = backend.host.includes(':') ? `[${backend.host}]` : backend.host
  return `ws://${host}:${backend.port}`
}

/** Why the GPU memory is unknown; null if it is known. */
export const gpuReason = (backend: Pick<BackendView, 'gpu_reason' | 'wording'>): string | null =>
  fieldText(backend, 'gpu_reason')
