/** The code of the built-in backends. A new one is a row here, one in protocol/builtin_backends.ts, a folder and a config section. */
import { BUILTIN_NAMES, isBuiltinName, type BuiltinName } from '../protocol/builtin_backends.ts'
import type { BackendConfig, Runtime } from '../protocol/config.ts'
import type { OnnxSettings } from '../protocol/onnx_config.ts'
import { readImages, type RequestReader } from './base/request_reader.ts'
import type { CreateBackend } from './base/worker_runtime.ts'

interface Builtin {
  /** It has int8 versions of its models. */
  hasInt8?: true
  /** For the main thread: makes work items of a request. Absent: one for each picture. */
  loadReader?(): Promise<RequestReader>
  /** For the worker thread: the model's own code. Loaded only there. */
  load(): Promise<CreateBackend>
}

const BUILTIN: Record<BuiltinName, Builtin> = {
  fatigue: {
    loadReader: async () => (await import('./fatigue/read_request.ts')).readFatigue,
    load: async () => {
      const { FatigueBackend } = await import('./fatigue/backend.ts')
      return (context) => new FatigueBackend(context)
    },
  },
  eeg: {
    loadReader: async () => (await import('./eeg/read_request.ts')).readEeg,
    load: async () => {
      const { EegBackend } = await import('./eeg/backend.ts')
      return (context) => new EegBackend(context)
    },
  },
  emotion: {
    hasInt8: true,
    load: async () => {
      const { EmotionBackend } = await import('./emotion/backend.ts')
      return (context) => new EmotionBackend(context)
    },
  },
}

/** What decides which code a backend runs. */
export interface BackendChoice {
  name: string
  runtime: Runtime
  onnx: OnnxSettings | null
}

/** The constructor of a backend; only its own code is loaded. Throws naming the known ones. */
export async function loadBackend({ name, onnx }: BackendChoice): Promise<CreateBackend> {
  if (onnx === null) return builtin(name).load()
  const { OnnxBackend } = await import('./onnx/backend.ts')
  return (context) => new OnnxBackend(context, onnx)
}

/** Loads the code that a backend of this name probably needs. A failure is left to `loadBackend`, which meets it again. */
export function preloadBackend(name: string): void {
  const loading = isBuiltinName(name) ? builtin(name).load() : import('./onnx/backend.ts')
  loading.catch(() => undefined)
}

/** The reader of the requests of a backend. */
export async function loadRequestReader({ name, runtime }: BackendChoice): Promise<RequestReader> {
  return (runtime === 'builtin' && (await builtin(name).loadReader?.())) || readImages
}

/** Whether `precision: int8` changes anything for this backend. */
export function hasInt8({ name, runtime }: BackendChoice): boolean {
  return runtime === 'builtin' && builtin(name).hasInt8 === true
}

/** The part of a config section that chooses the code. */
export function choiceOf(name: string, config: BackendConfig): BackendChoice {
  const { runtime, model, preprocess, labels, output } = config
  const isOnnx = runtime === 'onnx' && model !== undefined && output !== undefined
  return { name, runtime, onnx: isOnnx ? { model, preprocess, labels, output } : null }
}

function builtin(name: string): Builtin {
  if (isBuiltinName(name)) return BUILTIN[name]
  throw new Error(`no backend is called "${name}"; known: ${BUILTIN_NAMES.join(', ')}`)
}
