import type { Message } from '../../protocol/messages.ts'
import type { Worker } from 'node:worker_threads'
import { ProtocolError } from '../../protocol/errors.ts'
import type {
  BackendLog,
  WorkItem,
  InferenceResult,
  LoadedModel,
  Outcome,
  StageTiming,
} from './backend.ts'
import { ModelLoadError } from './load_error.ts'
import { openThread } from './model_thread.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker_messages.ts'
import type { ModelRunner } from './worker_pool.ts'

export interface ModelWorkerOptions {
  entry: URL
  start: WorkerStart
  log: BackendLog
  onProgress(detail: Message): void
  /** The thread ended unexpectedly; nothing runs any more. */
  onLost(error: Error): void
}

interface Waiting {
  resolve(done: { results: Outcome<InferenceResult>[]; timing: StageTiming }): void
  reject(error: Error): void
}

export class ModelWorker implements ModelRunner {
  /** Inference stages run one after the other. */
  readonly width = 1
  private readonly worker: Worker
  private readonly exited: Promise<void>
  private readonly waiting = new Map<number, Waiting>()
  private readonly options: ModelWorkerOptions
  private readonly loading: Promise<LoadedModel>
  private settleLoading: { resolve(model: LoadedModel): void; reject(error: Error): void } | null =
    null
  private isReleasing = false
  private nextId = 0

  constructor(options: ModelWorkerOptions) {
    this.options = options
    this.loading = new Promise((resolve, reject) => {
      this.settleLoading = { resolve, reject }
    })
    this.worker = openThread(options.entry, options.start)
    this.worker.on('message', (message: FromWorker) => {
      this.receive(message)
    })
    this.worker.on('error', (error) => {
      this.lose(error instanceof Error ? error : new Error(String(error)))
    })
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.lose(new Error(`the model thread ended with code ${code}`))
        resolve()
      })
    })
  }

  /** Resolves when the model is loaded and warm; rejects with the reason. */
  loaded(): Promise<LoadedModel> {
    return this.loading
  }

  /** Typed arrays of the items are transferred and must not be used afterwards. */
  run(items: WorkItem[]): Promise<{ results: Outcome<InferenceResult>[]; timing: StageTiming }> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.post({ type: 'batch', id, items }, buffersOf(items))
    })
  }

  async release(): Promise<void> {
    this.isReleasing = true
    this.post({ type: 'release' })
    await this.exited
  }

  private post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.options.onProgress(message.detail)
        return
      case 'log':
        this.options.log[message.level](message.message, message.fields)
        return
      case 'ready':
        this.settleLoading?.resolve(message.model)
        this.settleLoading = null
        return
      case 'init_failed':
        this.isReleasing = true
        this.settleLoading?.reject(new ModelLoadError(message.said, message.stamps))
        this.settleLoading = null
        return
      case 'done': {
        const results = message.outcomes.map((outcome) =>
          outcome.ok ? outcome.result : new ProtocolError(outcome.code, outcome.said),
        )
        this.take(message.id)?.resolve({ results, timing: message.timing })
        return
      }
      case 'broke':
        this.take(message.id)?.reject(new Error(message.message))
        return
      case 'released':
        return
      default:
        message satisfies never
    }
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }

  private lose(error: Error): void {
    this.settleLoading?.reject(error)
    this.settleLoading = null
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
    if (this.isReleasing) return
    this.isReleasing = true
    this.options.onLost(error)
  }
}

function buffersOf(items: readonly WorkItem[]): ArrayBuffer[] {
  const values: unknown[] = items.flatMap((item) => Object.values(item) as unknown[]).flat()
  const buffers = values.flatMap((value) =>
    ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : [],
  )
  return [...new Set(buffers)]
}
