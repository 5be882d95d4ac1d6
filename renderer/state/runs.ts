import type { Outcome } from '../api/inference_client.ts'
import type { SentSize } from '../../protocol/sent_picture.ts'
import type { SentMessage } from '../api/sent_message.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { FileKind } from '../../protocol/file_kind.ts'

export const RUNS_MAX = 500
/** Frames of videos and the webcam must not push out manual runs. */
const FRAMES_MAX = 60
/** All inputs together; they are stored in the browser. */
export const INPUT_BYTES_MAX = 256 * 1024 ** 2

export interface PlaygroundInput {
  id: number
  kind: FileKind
  name: string
  file: Blob
  /** An object URL, revoked when no run uses the input any more. */
  url: string
  isFrame?: boolean
}

export interface Exchange {
  backend: string
  requestId: string
  sent: SentMessage
  /** Scaled size that was sent; the reply is in pixels of the original. */
  shrunk?: SentSize
  sentAtMs: number
  /** Absent in runs of earlier versions. */
  context?: ExchangeContext
  outcome: { phase: 'busy'; startedAtMs: number } | Outcome
}

/** The backend at the time of the request: replies of different contexts are not repetitions. */
export interface ExchangeContext {
  precision: string | null
  configHash: string
  modelHashes: readonly string[]
  /** What it said that it returns; absent where it did not, and in runs of earlier versions. */
  returns?: Descriptor['returns']
  /** First request after a start, with cold caches. */
  isFirst: boolean
}

export interface Run {
  id: number
  input: PlaygroundInput
  exchanges: readonly Exchange[]
}

export function withRun(runs: readonly Run[], run: Run): readonly Run[] {
  return bounded([run, ...runs])
}

/** The newest runs within the limits; always at least one. */
export function bounded(runs: readonly Run[]): readonly Run[] {
  let frames = 0
  const few = runs.filter(({ input }) => input.isFrame !== true || frames++ < FRAMES_MAX)
  const inputs = new Set<number>()
  let bytes = 0
  const end = few.findIndex(({ input }, index) => {
    if (!inputs.has(input.id)) bytes += input.file.size
    inputs.add(input.id)
    return index > 0 && (index >= RUNS_MAX || bytes > INPUT_BYTES_MAX)
  })
  return end === -1 ? few : few.slice(0, end)
}

export function withExchange(
  runs: readonly Run[],
  requestId: string,
  change: Partial<Pick<Exchange, 'outcome' | 'sent' | 'shrunk'>>,
): readonly Run[] {
  return runs.map((run) =>
    run.exchanges.some((exchange) => exchange.requestId === requestId)
      ? {
          ...run,
          exchanges: run.exchanges.map((exchange) =>
            exchange.requestId === requestId ? { ...exchange, ...change } : exchange,
          ),
        }
      : run,
  )
}

export function releasedInputs(
  before: readonly PlaygroundInput[],
  after: readonly PlaygroundInput[],
): readonly PlaygroundInput[] {
  const kept = new Set(after.map((input) => input.id))
  return before.filter((input) => !kept.has(input.id))
}

export function isBusy(run: Run): boolean {
  return run.exchanges.some((exchange) => exchange.outcome.phase === 'busy')
}
