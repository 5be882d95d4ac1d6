/** Worker thread: creates the model, runs batches, releases it. The backend's code may block it. */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, ProtocolError, saidBy } from '../../protocol/errors.ts'
import type { BackendContext, BackendLog, BaseModelBackend } from './backend.ts'
import { ModelLoadError } from './load_error.ts'
import type { FromWorker, ToWorker, WireOutcome, WorkerStart } from './worker_messages.ts'

export type AnyBackend = BaseModelBackend<object, object, never>

export type CreateBackend = (context: BackendContext) => AnyBackend

/** Runs until `release`. Called once, by the worker's entry file. */
export async function runWorker<Choice>(
  loadBackend: (choice: Choice) => Promise<CreateBackend>,
  start = workerData as WorkerStart<Choice>,
): Promise<void> {
  const port = parentPort
  if (port === null) throw new Error('the worker entry runs only inside a worker thread')
  yieldToMainThread()
  const post = (message: FromWorker) => {
    port.postMessage(message)
  }

  let backend: AnyBackend
  try {
    const create = await loadBackend(start.choice)
    backend = create({
      ...start,
      log: logThrough(post),
      onProgress: (detail) => {
        post({ type: 'progress', detail })
      },
    })
    post({ type: 'ready', model: await backend.initializeModel() })
  } catch (error) {
    const stamps = error instanceof ModelLoadError ? error.stamps : {}
    post({ type: 'init_failed', said: saidBy(error), stamps })
    port.close()
    return
  }

  const exclusive = serialised()
  const running = new Set<Promise<void>>()
  port.on('message', (message: ToWorker) => {
    if (message.type === 'batch') {
      const batch = answerBatch(backend, message, exclusive, post)
      running.add(batch)
      void batch.finally(() => running.delete(batch))
      return
    }
    void Promise.allSettled([...running])
      .then(() => backend.cleanup())
      .catch((error: unknown) => {
        const text = messageOf(error)
        post({ type: 'log', level: 'error', message: `cleanup failed: ${text}`, fields: {} })
      })
      .then(() => {
        post({ type: 'released' })
        port.close()
      })
  })
}

async function answerBatch(
  backend: AnyBackend,
  { id, items }: Extract<ToWorker, { type: 'batch' }>,
  exclusive: <T>(run: () => Promise<T>) => Promise<T>,
  post: (message: FromWorker) => void,
): Promise<void> {
  try {
    const { results, timing } = await backend.processInference(items as never[], exclusive)
    const outcomes = results.map((outcome): WireOutcome =>
      outcome instanceof ProtocolError
        ? { ok: false, code: outcome.code, said: outcome.said }
        : { ok: true, result: outcome },
    )
    post({ type: 'done', id, outcomes, timing })
  } catch (error) {
    post({ type: 'broke', id, message: messageOf(error) })
  }
}

/** A third of the normal scheduling weight (kernel/sched/core.c, sched_prio_to_weight). */
const WORKER_NICENESS = 5

/**
 * Puts health checks ahead of busy models. Only Linux has niceness per thread (0 is the caller), which threads
 * inherit.
 */
function yieldToMainThread(): void {
  if (process.platform === 'linux') setPriority(0, WORKER_NICENESS)
}

function serialised(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (run) => {
    const mine = last.then(run, run)
    last = mine.catch(() => undefined)
    return mine
  }
}

function logThrough(post: (message: FromWorker) => void): BackendLog {
  const at =
    (level: keyof BackendLog) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      post({ type: 'log', level, message, fields })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
