/** The base class of every model backend. An author fills in SPEC's three methods; server, queue and threads are elsewhere. */
import { performance } from 'node:perf_hooks'
import type { FileStamps } from '../../files/file_watch.ts'
import type { ImageSize, ModelFile, ModelPlacement } from '../../protocol/backend.ts'
import type { ExecutionProvider, FallbackPolicy, Precision } from '../../protocol/config.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { Warning } from '../../protocol/warnings.ts'

/** One unit of work on its way through a batch. Typed arrays in its fields are transferred to the worker, not copied. */
export interface WorkItem {
  /** The request that the item belongs to; goes into the `request_id` field of log lines. */
  requestId: string
  /** Set when the backend remembers earlier items of the same stream: they all go to one worker. */
  streamId?: string | null
}

/** One image of a request. `bytes` is the encoded file (JPEG, PNG, ...). */
export interface InferenceItem extends WorkItem {
  bytes: Uint8Array
  /** The other short values (number, boolean, string) of the request's `data`. */
  params: Record<string, unknown>
}

/** What a model returns for one item: the fields of the reply's `data`. `warnings` are moved out of it, to the reply itself. */
export type InferenceResult = Record<string, unknown> & { warnings?: Warning[] }

/** Either a value or the reason why this item alone failed. */
export type Outcome<T> = T | ProtocolError

/** What `make` returns, or the ProtocolError that it throws as the outcome of this item alone. Other errors go on. */
export function orError<T>(make: () => T): Outcome<T> {
  try {
    return make()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

/** The same for what takes time. */
export async function orErrorLater<T>(make: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

export interface StageTiming {
  preprocessMs: number
  inferenceMs: number
  postprocessMs: number
}

/** Settings of the model at start. */
export interface BackendContext {
  name: string
  /** Folder of the checkout or the installed app; model files are found below it. */
  rootDir: string
  providers: readonly ExecutionProvider[] | 'auto'
  /** What follows when a model does not run wholly on the first provider; see session.ts. */
  onFallback?: FallbackPolicy
  /** The GPU of this worker, when the configuration chooses. */
  deviceId?: number | undefined
  /** Which copy of a model to open, where there are two. Default: `fp32`. */
  precision?: Precision
  threads: number
  batchSizeMax: number
  /** Runs of each batch size before the model counts as ready. Default: 1. */
  warmUpRuns?: number
  /** Decoded images that may be kept; see image_cache.ts. */
  cacheSize: number
  /** `options` of the config section, not yet validated. */
  options: Record<string, string | number | boolean>
  log: BackendLog
  /** Reports the progress of loading ("warm-up 2 of 4"); shown by `pong` and the panel. */
  onProgress(detail: string): void
}

export type BackendLog = Record<
  'debug' | 'info' | 'warn' | 'error',
  (message: string, fields?: Record<string, unknown>) => void
>

/** What is known once the model is loaded and warm. */
export interface LoadedModel {
  /** The execution provider that really runs the sessions, such as `CPU`. */
  provider: string
  devices: string[]
  models: ModelFile[]
  /** Where the nodes of each model run; see `placementOf` of session.ts. */
  placements?: ModelPlacement[]
  /** What is open about every answer. Logged by the backend once, not with each reply that repeats one. */
  warnings?: Warning[]
  /** Pixels that the models make use of, where they take pictures: larger ones may be scaled down before they are sent. */
  imageSize?: ImageSize
  /** Where the model file knows more than the registry and the configuration. */
  descriptor?: Descriptor
  /** Absolute paths of the files that were loaded; replacing one reloads the model. */
  files: string[]
  /** Of `files`, taken before they were read: a change while the model loaded reloads it. Default: none is known. */
  stamps?: FileStamps
}

/**
 * `Prepared` is one item after preprocessing, `Raw` one item after inference; `Item` is what the backend's request reader
 * makes of a request, an image by default. Lives in a worker thread: `infer` may block it.
 */
export abstract class BaseModelBackend<
  Prepared extends object,
  Raw extends object,
  Item extends WorkItem = InferenceItem,
> {
  protected readonly context: BackendContext

  constructor(context: BackendContext) {
    this.context = context
  }

  /** Loads the weights, creates the sessions and warms them up with inputs of the real shape. */
  abstract initializeModel(): Promise<LoadedModel>

  /** Releases every session. Called once, after the last batch. */
  abstract cleanup(): Promise<void>

  /** Decodes and prepares a batch. A bad item becomes a ProtocolError in its own place; the others go on. */
  protected abstract preprocess(batch: readonly Item[]): Promise<Outcome<Prepared>[]>

  /** Runs the sessions over the prepared items; same length and order as given. */
  protected abstract infer(batch: readonly Prepared[]): Promise<Outcome<Raw>[]>

  /** Turns raw outputs into the fields of the reply. */
  protected abstract postprocess(batch: readonly Raw[]): Promise<Outcome<InferenceResult>[]>

  /**
   * Answers a batch: the three stages in order, each timed over the whole batch.
   *
   * `exclusive` serialises the inference stage over batches, so that decoding of the next batch overlaps the run of this one.
   * Throws only when a stage itself breaks; a bad item is a ProtocolError in its place of the result.
   */
  async processInference(
    batch: readonly Item[],
    exclusive: <T>(run: () => Promise<T>) => Promise<T> = (run) => run(),
  ): Promise<{ results: Outcome<InferenceResult>[]; timing: StageTiming }> {
    const started = performance.now()
    const prepared = await this.preprocess(batch)
    const preparedAt = performance.now()
    let inferenceMs = 0
    const raw = await exclusive(async () => {
      const begun = performance.now()
      const outputs = await mapGood(prepared, (good) => this.infer(good))
      inferenceMs = performance.now() - begun
      return outputs
    })
    const inferredAt = performance.now()
    const results = await mapGood(raw, (good) => this.postprocess(good))
    return {
      results,
      timing: {
        preprocessMs: preparedAt - started,
        inferenceMs,
        postprocessMs: performance.now() - inferredAt,
      },
    }
  }
}

/** Runs a stage over the items that are still good and puts its outcomes back in their places. */
async function mapGood<A extends object, B>(
  items: readonly Outcome<A>[],
  stage: (good: A[]) => Promise<Outcome<B>[]>,
): Promise<Outcome<B>[]> {
  const good = items.filter((item): item is A => !(item instanceof ProtocolError))
  const outputs = good.length > 0 ? await stage(good) : []
  if (outputs.length !== good.length) {
    throw new Error(`a stage answered ${outputs.length} items for ${good.length}`)
  }
  let next = 0
  return items.map((item) =>
    item instanceof ProtocolError ? item : (outputs[next++] as Outcome<B>),
  )
}
