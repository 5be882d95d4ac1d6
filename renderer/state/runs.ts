/** The runs of the test bench: a picture or recording sent to one or more backends, and what came back. Pure. */
import type { Outcome } from '../api/inference_client.ts'
import type { SentMessage } from '../api/sent_message.ts'
import type { InputKind } from './input_kind.ts'

export const RUNS_MAX = 200

export interface TestInput {
  id: number
  kind: InputKind
  name: string
  file: Blob
  /** An object URL; revoked when no run shows the input any more. */
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
  input: TestInput
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

/** Inputs that were shown before and are no longer. */
export function releasedInputs(
  before: readonly TestInput[],
  after: readonly TestInput[],
): readonly TestInput[] {
  const kept = new Set(after.map((input) => input.id))
  return before.filter((input) => !kept.has(input.id))
}

export function isBusy(run: Run): boolean {
  return run.exchanges.some((exchange) => exchange.outcome.phase === 'busy')
}
