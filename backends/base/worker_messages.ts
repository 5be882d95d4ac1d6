import type { FileStamps } from '../../files/file_watch.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { ExecutionProvider, FallbackPolicy, Precision } from '../../protocol/config.ts'
import type { BackendLog, WorkItem, InferenceResult, LoadedModel, StageTiming } from './backend.ts'

export interface WorkerStart<Choice = unknown> {
  name: string
  choice: Choice
  rootDir: string
  providers: readonly ExecutionProvider[] | 'auto'
  onFallback?: FallbackPolicy
  deviceId?: number | undefined
  precision?: Precision
  threads: number
  batchSizeMax: number
  warmUpRuns?: number
  cacheSize: number
  options: Record<string, string | number | boolean>
}

/** First message to a thread started ahead: what to load. */
export interface StartMessage<Choice = unknown> {
  type: 'start'
  start: WorkerStart<Choice>
}

/** Load this, or end unused. */
export type AheadMessage<Choice = unknown> = StartMessage<Choice> | { type: 'not_needed' }

export type ToWorker =
  | { type: 'batch'; id: number; items: WorkItem[] }
  /** Release the sessions, then end. Terminating the worker during a run would abort the process. */
  | { type: 'release' }

export type WireOutcome =
  { ok: true; result: InferenceResult } | { ok: false; code: ErrorCode; message: string }

export type FromWorker =
  | { type: 'progress'; detail: string }
  | { type: 'log'; level: keyof BackendLog; message: string; fields: Record<string, unknown> }
  | { type: 'ready'; model: LoadedModel }
  | { type: 'init_failed'; message: string; stamps: FileStamps }
  | { type: 'done'; id: number; outcomes: WireOutcome[]; timing: StageTiming }
  | { type: 'broke'; id: number; message: string }
  | { type: 'released' }
