import type { Message } from '../../protocol/messages.ts'
import type { FileStamps } from '../../files/file_watch.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type {
  BackendContext,
  BackendLog,
  WorkItem,
  InferenceResult,
  LoadedModel,
  StageTiming,
} from './backend.ts'

export interface WorkerStart<Choice = unknown> extends Omit<BackendContext, 'log' | 'onProgress'> {
  choice: Choice
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
  { ok: true; result: InferenceResult } | { ok: false; code: ErrorCode; said: Message }

export type FromWorker =
  | { type: 'progress'; detail: Message }
  | { type: 'log'; level: keyof BackendLog; message: string; fields: Record<string, unknown> }
  | { type: 'ready'; model: LoadedModel }
  | { type: 'init_failed'; said: Message; stamps: FileStamps }
  | { type: 'done'; id: number; outcomes: WireOutcome[]; timing: StageTiming }
  | { type: 'broke'; id: number; message: string }
  | { type: 'released' }
