/** What a source of values answered, and how long one that answers nothing is left alone. */
import { messageOf } from '../../protocol/errors.ts'
import type { GpuListing, GpuReading, GpuSource, GpuSourceName } from '../../protocol/gpu.ts'

/** `absent`: the machine has nothing that this source could tell of. `failed`: it may have, but cannot be read. */
export type Missing = { state: 'absent' | 'failed'; reason: string }
export type SourceResult<T> = ({ state: 'read' } & T) | Missing

/** A platform's way to a reading. Rejects only through a fault of its own. */
export type ReadGpus = (signal: AbortSignal) => Promise<Omit<GpuReading, 'time'>>

/** A source that is absent is looked for once a minute: a driver may be installed while we run. */
export const ABSENT_REST_MS = 60_000

export interface PatientOptions {
  /** Time from one poll to the next. */
  intervalMs: number
  /** How long an answer is good for; 0 = until the next poll. */
  freshMs?: number
}

/**
 * Asks a source at each poll, except while it rests: after it was absent for a minute, after failures for twice as many polls
 * each time, up to a minute. In between the last answer stands. Polls are counted rather than time, so no clock can jump.
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

  /** Never rejects: whatever goes wrong is a `failed` answer. */
  async read(signal: AbortSignal): Promise<SourceResult<T>> {
    if (this.answer !== null && this.pollsToRest > 0) {
      this.pollsToRest -= 1
      return this.answer
    }
    const answer = await this.ask(signal).catch((error: unknown): SourceResult<T> => ({
      state: 'failed',
      reason: messageOf(error),
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
        // The exponent is bounded, so that the number stays one; a minute is reached long before.
        return Math.min(restMax, 2 ** Math.min(this.failures - 1, 16) - 1)
    }
  }

  private pollsWithin(durationMs: number): number {
    return Math.max(0, Math.ceil(durationMs / this.options.intervalMs) - 1)
  }
}

/** The line of a source that could be read. `reason` says why a process without a row is unknown. */
export function readSource(
  source: GpuSourceName,
  processes: GpuListing,
  reason: string | null = null,
): GpuSource {
  return { source, ok: true, reason: null, processes, processes_reason: reason }
}

/** The line of a source that could not be read: who uses an absent one's devices is no question, a failed one's is open. */
export function missingSource(source: GpuSourceName, { state, reason }: Missing): GpuSource {
  return state === 'absent'
    ? { source, ok: false, reason, processes: 'none', processes_reason: null }
    : { source, ok: false, reason, processes: 'unknown', processes_reason: reason }
}

/** Why no device is listed, of the sources that list devices; `null` when one is. */
export function noGpuReason(deviceCount: number, missing: readonly Missing[]): string | null {
  if (deviceCount > 0) return null
  const verb = missing.some(({ state }) => state === 'failed') ? 'could be read' : 'was found'
  return `no GPU ${verb}: ${missing.map(({ reason }) => reason).join('; ')}`
}
