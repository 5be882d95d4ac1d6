/** Entry of the worker thread that holds a backend's model. */
import { runWorker } from './base/worker_runtime.ts'
import { loadBackend, type BackendChoice } from './registry.ts'

await runWorker<BackendChoice>(loadBackend)
