import type { Message } from '../../protocol/messages.ts'
import { performance } from 'node:perf_hooks'
import type { FileStamps } from '../../files/file_watch.ts'
import type { ImageSize, ModelFile, ModelPlacement } from '../../protocol/backend.ts'
import type {
  ExecutionProvider,
  FallbackPolicy,
  Precision,
  SpinMode,
} from '../../protocol/config.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { Warning } from '../../protocol/warnings.ts'

/** One item of a batch. Typed arrays in its fields are transferred to the worker, not copied. */
export interface WorkItem {
  requestId: string
  /** Set if the backend keeps state per stream: all items of a stream go to one worker. */
  streamId?: string | null
}

/** One image of a request. `bytes` is the encoded file (JPEG, PNG, ...). */
export interface InferenceItem extends WorkItem {
  bytes: Uint8Array
  params: Record<string, unknown>
}

/** A model's result for one item: the fields of the reply's `data`. `warnings` are moved to the reply itself. */
export type InferenceResult = Record<string, unknown> & { warnings?: Warning[] }

/** A value, or the error of this item alone. */
export type Outcome<T> = T | ProtocolError

/** Returns a thrown ProtocolError as the outcome of this item; rethrows other errors. */
export function orError<T>(make: () => T): Outcome<T> {
  try {
    return make()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

/** `orError` for asynchronous work. */
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

export interface BackendContext {
  name: string
  /** Root of the checkout or the installed app, which contains the model files. */
  rootDir: string
  providers: readonly ExecutionProvider[] | 'auto'
  /** What to do if a model does not run entirely on the first provider; see session.ts. */
  onFallback?: FallbackPolicy
  /** GPU of this worker if the configuration selects one. */
  deviceId?: number | undefined
  /** Which copy of a model to open, if there are two. Default: `fp32`. */
  precision?: Precision
  threads: number
  /** Default: `auto`. */
  spin?: SpinMode
  batchSizeMax: number
  /** Runs per batch size before the model counts as ready. Default: 1. */
  warmUpRuns?: number
  cacheSize: number
  options: Record<string, string | number | boolean>
  log: BackendLog
  /** Reports loading progress ("warm-up 2 of 4") for `pong` and the panel. */
  onProgress(detail: Message): void
}

export type BackendLog = Record<
  'debug' | 'info' | 'warn' | 'error',
  (message: string, fields?: Record<string, unknown>) => void
>

/** Known once the model is loaded and warm. */
export interface LoadedModel {
  /** The execution provider that actually runs the sessions, such as `CPU`. */
  provider: string
  devices: string[]
  models: ModelFile[]
  /** Node placement of each model; see `placementOf` of session.ts. */
  placements?: ModelPlacement[]
  /** Doubts that apply to every reply. The backend logs them once. */
  warnings?: Warning[]
  /** Input size in pixels that the models use; larger pictures may be scaled down before they are sent. */
  imageSize?: ImageSize
  /** Set if the model file knows more than the registry and the configuration. */
  descriptor?: Descriptor
  /** Absolute paths of the loaded files; replacing one reloads the model. */
  files: string[]
  /** Stamps of `files`, taken before reading, so that changes during the load trigger a reload. Default: none. */
  stamps?: FileStamps
}

/** `Raw` is one item after inference, `Item` what the request reader returns. Lives in a worker thread. */
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

  abstract cleanup(): Promise<void>

  /** Decodes and prepares a batch. A bad item becomes a ProtocolError in its place; the others continue. */
  protected abstract preprocess(batch: readonly Item[]): Promise<Outcome<Prepared>[]>

  /** Runs the sessions over the prepared items; same length and order. */
  protected abstract infer(batch: readonly Prepared[]): Promise<Outcome<Raw>[]>

  protected abstract postprocess(batch: readonly Raw[]): Promise<Outcome<InferenceResult>[]>

  /**
   * `exclusive` serialises inference over batches, so that the next one is decoded meanwhile. Throws only if a stage
   * breaks.
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
