/** A new built-in backend needs a row here and in protocol/builtin_backends.ts, a folder, and a config section. */
import { BUILTIN_NAMES, isBuiltinName, type BuiltinName } from '../protocol/builtin_backends.ts'
import type { BackendConfig, Runtime } from '../protocol/config.ts'
import type { OnnxSettings } from '../protocol/onnx_config.ts'
import { readImages, type RequestReader } from './base/request_reader.ts'
import type { CreateBackend } from './base/worker_runtime.ts'

interface Builtin {
  hasInt8?: true
  /** Main thread: turns requests into work items. Default: one per picture. */
  loadReader?(): Promise<RequestReader>
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

export interface BackendChoice {
  name: string
  runtime: Runtime
  onnx: OnnxSettings | null
}

/** Loads only this backend's code. Throws naming the known backends. */
export async function loadBackend({ name, onnx }: BackendChoice): Promise<CreateBackend> {
  if (onnx === null) return builtin(name).load()
  const { OnnxBackend } = await import('./onnx/backend.ts')
  return (context) => new OnnxBackend(context, onnx)
}

/** Preloads the likely code of this backend. Ignores failures: `loadBackend` meets them again. */
export function preloadBackend(name: string): void {
  const loading = isBuiltinName(name) ? builtin(name).load() : import('./onnx/backend.ts')
  loading.catch(() => undefined)
}

export async function loadRequestReader({ name, runtime }: BackendChoice): Promise<RequestReader> {
  return (runtime === 'builtin' && (await builtin(name).loadReader?.())) || readImages
}

export function hasInt8({ name, runtime }: BackendChoice): boolean {
  return runtime === 'builtin' && builtin(name).hasInt8 === true
}

export function choiceOf(name: string, config: BackendConfig): BackendChoice {
  const { runtime, model, preprocess, labels, output } = config
  const isOnnx = runtime === 'onnx' && model !== undefined && output !== undefined
  return { name, runtime, onnx: isOnnx ? { model, preprocess, labels, output } : null }
}

function builtin(name: string): Builtin {
  if (isBuiltinName(name)) return BUILTIN[name]
  throw new Error(`no backend is called "${name}"; known: ${BUILTIN_NAMES.join(', ')}`)
}
