/** The runs of the test bench: a picture sent to one or more backends, and what came back. Pure. */
import type { Outcome } from '../api/inference_client.ts'
import type { SentMessage } from '../api/sent_message.ts'

export const RUNS_MAX = 200

export interface Picture {
  id: number
  name: string
  file: Blob
  /** An object URL; revoked when no run shows the picture any more. */
  url: string
}

export interface Exchange {
  backend: string
  requestId: string
  sent: SentMessage
  /** Unix milliseconds, for reading. */
  sentAtMs: number
  outcome: { phase: 'busy'; startedAtMs: number } | Outcome
}

export interface Run {
  id: number
  picture: Picture
  exchanges: readonly Exchange[]
}

export function withRun(runs: readonly Run[], run: Run): readonly Run[] {
  return [run, ...runs].slice(0, RUNS_MAX)
}

export function withOutcome(
  runs: readonly Run[],
  requestId: string,
  outcome: Outcome,
): readonly Run[] {
  return runs.map((run) =>
    run.exchanges.some((exchange) => exchange.requestId === requestId)
      ? {
          ...run,
          exchanges: run.exchanges.map((exchange) =>
            exchange.requestId === requestId ? { ...exchange, outcome } : exchange,
          ),
        }
      : run,
  )
}

/** Pictures that were shown before and are no longer. */
export function releasedPictures(
  before: readonly Picture[],
  after: readonly Picture[],
): readonly Picture[] {
  const kept = new Set(after.map((picture) => picture.id))
  return before.filter((picture) => !kept.has(picture.id))
}

export function isBusy(run: Run): boolean {
  return run.exchanges.some((exchange) => exchange.outcome.phase === 'busy')
}
