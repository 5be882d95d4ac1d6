import { once } from 'node:events'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { AheadData } from './base/model_thread.ts'
import type { AheadMessage, WorkerStart } from './base/worker_messages.ts'
import { keepCompiledCode } from './compile_cache.ts'
import type { BackendChoice } from './registry.ts'

// dist/backends/worker.js
keepCompiledCode(path.resolve(import.meta.dirname, '../..'))
const given = workerData as WorkerStart<BackendChoice> | AheadData
// Listen before the first await, so that no message is missed.
const told = 'likelyName' in given && parentPort !== null ? once(parentPort, 'message') : null
const [{ runWorker }, { loadBackend, preloadBackend }] = await Promise.all([
  import('./base/worker_runtime.ts'),
  import('./registry.ts'),
])
const start = await startOf()
if (start !== null) await runWorker<BackendChoice>(loadBackend, start)

/** A thread started ahead receives its task later, and preloads the likely backend's code. */
async function startOf(): Promise<WorkerStart<BackendChoice> | null> {
  if (told === null) return given as WorkerStart<BackendChoice>
  preloadBackend((given as AheadData).likelyName)
  const [message] = (await told) as [AheadMessage<BackendChoice>]
  return message.type === 'start' ? message.start : null
}
