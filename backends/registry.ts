/** The backends that come with Switchyard. A new one is a row here, a folder beside it and a section in config/models.yaml. */
import type { CreateBackend } from './base/worker_runtime.ts'

const BUILTIN: Record<string, () => Promise<CreateBackend>> = {
  emotion: async () => {
    const { EmotionBackend } = await import('./emotion/backend.ts')
    return (context) => new EmotionBackend(context)
  },
}

export const BUILTIN_NAMES = Object.keys(BUILTIN)

/** The constructor of backend `name`; only its own code is loaded. Throws naming the known ones. */
export async function loadBackend(name: string): Promise<CreateBackend> {
  const load = Object.hasOwn(BUILTIN, name) ? BUILTIN[name] : undefined
  if (load === undefined) {
    throw new Error(`no backend is called "${name}"; known: ${BUILTIN_NAMES.join(', ')}`)
  }
  return load()
}
