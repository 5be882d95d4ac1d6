/** Entry of the worker thread that holds a backend's model. */
import { runWorker } from './base/worker_runtime.ts'
import { loadBackend } from './registry.ts'

await runWorker(loadBackend)
