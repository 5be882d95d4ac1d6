/** Owns the current worker: first load, swap to a replaced model file, release. */
import path from 'node:path'
import { FileWatch, type FileStamps } from '../../files/file_watch.ts'
import type { BackendLog, LoadedModel } from './backend.ts'
import { ModelLoadError } from './load_error.ts'
import type { ModelRunner } from './worker_pool.ts'
import { messageOf } from '../../protocol/errors.ts'

/** A copy takes several writes; load once the file is quiet for this long. */
const QUIET_MS = 500
/** A longer copy is tried before it is complete, and again afterwards. */
const COPY_MS_MAX = 60_000

export interface ModelHostOptions {
  createWorker(): ModelRunner
  onModel(model: LoadedModel, worker: ModelRunner): void
  log: BackendLog
}

/** Two WebGPU workers in one process crash it (onnxruntime-node 1.30), so the old one ends before the new one loads. */
const STAYS_ALONE = ['WebGPU']

export class ModelHost {
  private readonly options: ModelHostOptions
  private current: { worker: ModelRunner; model: LoadedModel } | null = null
  private loading: ModelRunner | null = null
  private reloading: Promise<LoadedModel> | null = null
  private watch: FileWatch | null = null
  private isReleased = false

  constructor(options: ModelHostOptions) {
    this.options = options
  }

  /** First load. Rejects with the reason. */
  async load(): Promise<LoadedModel> {
    const model = await this.become()
    await this.watchFiles(model.files, model.stamps)
    return model
  }

  /** Swaps to the new model once it is warm; no request is lost. Rejects and keeps the old one on failure. */
  reload(): Promise<LoadedModel> {
    this.reloading ??= this.swap().finally(() => {
      this.reloading = null
    })
    return this.reloading
  }

  /** Releases the model and waits for its thread to end. */
  async release(): Promise<void> {
    this.isReleased = true
    this.watch?.close()
    await Promise.all([this.current?.worker.release(), this.loading?.release()])
  }

  private async swap(): Promise<LoadedModel> {
    const old = this.current
    if (old === null) throw new Error('the model is still loading; reload it when it is ready')
    if (STAYS_ALONE.some((provider) => old.model.provider.includes(provider))) {
      throw new Error(
        `a model on ${old.model.provider} cannot be loaded beside the running one; restart the backend instead`,
      )
    }
    const started = performance.now()
    const model = await this.become().catch(async (error: unknown) => {
      // The new model may use files that the old one lacks, such as weights that are still being copied.
      if (error instanceof ModelLoadError) {
        const files = new Set([...old.model.files, ...Object.keys(error.stamps)])
        await this.watchFiles([...files], error.stamps)
      }
      throw error
    })
    await this.watchFiles(model.files, model.stamps)
    await old.worker.release()
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    this.options.log.info(`model reloaded in ${seconds} s, no request lost`)
    return model
  }

  private async become(): Promise<LoadedModel> {
    const worker = this.options.createWorker()
    this.loading = worker
    try {
      const model = await worker.loaded()
      this.current = { worker, model }
      this.options.onModel(model, worker)
      return model
    } finally {
      this.loading = null
    }
  }

  private async watchFiles(files: readonly string[], stamps?: FileStamps): Promise<void> {
    this.watch?.close()
    const watch = await FileWatch.start(
      files,
      {
        quietMs: QUIET_MS,
        busyMsMax: COPY_MS_MAX,
        onChange: (file) => {
          this.reloadAfter(path.basename(file))
        },
        onFault: (file, error) => {
          this.options.log.error(
            `${path.basename(file)} changed and was not loaded: ${String(error)}`,
          )
        },
      },
      stamps,
    )
    if (this.isReleased) watch.close()
    else this.watch = watch
  }

  private reloadAfter(changed: string): void {
    this.options.log.info(`${changed} was replaced; loading it beside the running model`)
    this.reload().catch((error: unknown) => {
      const reason = messageOf(error)
      this.options.log.error(`the old model stays in force: ${reason}`)
    })
  }
}
