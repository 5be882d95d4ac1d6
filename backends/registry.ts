/** The backends that come with Switchyard. A new one is a row here, a folder beside it and a section in config/models.yaml. */
import { readImages, type RequestReader } from './base/request_reader.ts'
import type { CreateBackend } from './base/worker_runtime.ts'

interface Builtin {
  /** For the main thread: makes work items of a request. */
  loadReader(): Promise<RequestReader>
  /** For the worker thread: the model's own code. Loaded only there. */
  load(): Promise<CreateBackend>
}

const BUILTIN: Record<string, Builtin> = {
  emotion: {
    loadReader: () => Promise.resolve(readImages),
    load: async () => {
      const { EmotionBackend } = await import('./emotion/backend.ts')
      return (context) => new EmotionBackend(context)
    },
  },
}

export const BUILTIN_NAMES = Object.keys(BUILTIN)

/** The constructor of backend `name`; only its own code is loaded. Throws naming the known ones. */
export async function loadBackend(name: string): Promise<CreateBackend> {
  return builtin(name).load()
}

/** The reader of the requests of backend `name`. */
export async function loadRequestReader(name: string): Promise<RequestReader> {
  return builtin(name).loadReader()
}

function builtin(name: string): Builtin {
  const found = Object.hasOwn(BUILTIN, name) ? BUILTIN[name] : undefined
  if (found === undefined) {
    throw new Error(`no backend is called "${name}"; known: ${BUILTIN_NAMES.join(', ')}`)
  }
  return found
}
