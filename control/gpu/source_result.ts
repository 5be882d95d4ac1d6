import { saidBy } from '../../protocol/errors.ts'
import type { GpuListing, GpuReading, GpuSource, GpuSourceName } from '../../protocol/gpu.ts'
import { message, type Message } from '../../protocol/messages.ts'

/** `absent`: the machine has nothing for this source. `failed`: it may have, but could not be read. */
export type Missing = { state: 'absent' | 'failed'; reason: Message }
export type SourceResult<T> = ({ state: 'read' } & T) | Missing

/** A platform's reader. Rejects only because of a bug. */
export type ReadGpus = (signal: AbortSignal) => Promise<Omit<GpuReading, 'time'>>

/** Absent sources are retried once a minute: a driver may be installed meanwhile. */
export const ABSENT_REST_MS = 60_000

export interface PatientOptions {
  intervalMs: number
  /** How long a result is reused; 0 = until the next poll. */
  freshMs?: number
}

/**
 * Reads a source at each poll, with pauses: a minute after it was absent, exponential backoff up to a minute after
 * failures. Meanwhile it returns the last result. Counts polls instead of time, so clock jumps have no effect.
 */
export class PatientSource<T> {
  private readonly ask: (signal: AbortSignal) => Promise<SourceResult<T>>
  private readonly options: PatientOptions
  private answer: SourceResult<T> | null = null
  private pollsToRest = 0
  private failures = 0

  constructor(ask: (signal: AbortSignal) => Promise<SourceResult<T>>, options: PatientOptions) {
    this.ask = ask
    this.options = options
  }

  /** Never rejects: any error is a `failed` result. */
  async read(signal: AbortSignal): Promise<SourceResult<T>> {
    if (this.answer !== null && this.pollsToRest > 0) {
      this.pollsToRest -= 1
      return this.answer
    }
    const answer = await this.ask(signal).catch((error: unknown): SourceResult<T> => ({
      state: 'failed',
      reason: saidBy(error),
    }))
    this.failures = answer.state === 'failed' ? this.failures + 1 : 0
    this.pollsToRest = this.restAfter(answer.state)
    this.answer = answer
    return answer
  }

  private restAfter(state: 'read' | Missing['state']): number {
    const restMax = this.pollsWithin(ABSENT_REST_MS)
    switch (state) {
      case 'read':
        return this.pollsWithin(this.options.freshMs ?? 0)
      case 'absent':
        return restMax
      case 'failed':
        // Bounds the exponent; the limit of a minute is reached long before.
        return Math.min(restMax, 2 ** Math.min(this.failures - 1, 16) - 1)
    }
  }

  private pollsWithin(durationMs: number): number {
    return Math.max(0, Math.ceil(durationMs / this.options.intervalMs) - 1)
  }
}

/** `reason` explains why a process without a row is unknown. */
export function readSource(
  source: GpuSourceName,
  processes: GpuListing,
  reason: Message | null = null,
): GpuSource {
  return { source, ok: true, reason: null, processes, processes_reason: reason }
}

/** An absent source has no processes; those of a failed source are unknown. */
export function missingSource(source: GpuSourceName, { state, reason }: Missing): GpuSource {
  return state === 'absent'
    ? { source, ok: false, reason, processes: 'none', processes_reason: null }
    : { source, ok: false, reason, processes: 'unknown', processes_reason: reason }
}

/** Why no device is listed; `null` when one is. */
export function noGpuReason(deviceCount: number, missing: readonly Missing[]): Message | null {
  if (deviceCount > 0) return null
  const reason = missing
    .map((each) => each.reason)
    .reduce((first, second) => message('clauses', { first, second }))
  const hasFailed = missing.some(({ state }) => state === 'failed')
  return hasFailed ? message('gpu.none_read', { reason }) : message('gpu.none_found', { reason })
}
