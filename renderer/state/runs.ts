/** The runs of the test bench: a picture or recording sent to one or more backends, and what came back. Pure. */
import type { Outcome } from '../api/inference_client.ts'
import type { SentSize } from '../../protocol/sent_picture.ts'
import type { SentMessage } from '../api/sent_message.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import type { FileKind } from '../../protocol/file_kind.ts'

export const RUNS_MAX = 500
/** Frames of videos and the webcam among them: they must not push out what was tried by hand. */
const FRAMES_MAX = 60
/** Of the inputs of all runs together; they are kept in the browser. */
export const INPUT_BYTES_MAX = 256 * 1024 ** 2

export interface PlaygroundInput {
  id: number
  kind: FileKind
  name: string
  file: Blob
  /** An object URL; revoked when no run shows the input any more. */
  url: string
  /** Of a video or the webcam. */
  isFrame?: boolean
}

export interface Exchange {
  backend: string
  requestId: string
  sent: SentMessage
  /** The picture was scaled down for this backend; the reply is in pixels of the original all the same. */
  shrunk?: SentSize
  /** Unix milliseconds, for reading. */
  sentAtMs: number
  /** What it was sent to; absent where that was not noted. */
  context?: ExchangeContext
  outcome: { phase: 'busy'; startedAtMs: number } | Outcome
}

/** Of the backend as the request was sent: answers of different ones are not repetitions of each other. */
export interface ExchangeContext {
  precision: string | null
  configHash: string
  /** Of the loaded models, in their order. */
  modelHashes: readonly string[]
  /** What it said that it returns; absent where it did not, and in runs of earlier versions. */
  returns?: Descriptor['returns']
  /** Its first request after a start: caches are cold, memory is allocated. */
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

/** The newest runs, as many as there is room for; the first one always. */
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

/** Inputs that were shown before and are no longer. */
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
