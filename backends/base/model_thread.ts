/** Threads for model workers. One may be started ahead of its model: it loads its code while the main thread loads its own. */
import { Worker } from 'node:worker_threads'
import type { AheadMessage, WorkerStart } from './worker_messages.ts'

/** `workerData` of a thread that gets its model later. */
export interface AheadData {
  /** Whose code it probably needs. */
  likelyName: string
}

/** Started and not taken; the entry file is part of its name. */
const ahead = new Map<string, Worker>()

/** Starts a thread that waits for its model. It does not keep the process alive, and one that fails is forgotten. */
export function startAhead(entry: URL, likelyName: string): void {
  const thread = new Worker(entry, { workerData: { likelyName } satisfies AheadData })
  const forget = () => ahead.delete(entry.href)
  thread.once('error', forget)
  thread.once('exit', forget)
  thread.unref()
  ahead.set(entry.href, thread)
}

/** A thread that loads this model: the one started ahead, else a new one. */
export function openThread(entry: URL, start: WorkerStart): Worker {
  const thread = ahead.get(entry.href)
  if (thread === undefined) {
    return new Worker(entry, { workerData: start, name: `model-${start.name}` })
  }
  ahead.delete(entry.href)
  thread.ref()
  thread.postMessage({ type: 'start', start } satisfies AheadMessage)
  return thread
}

/**
 * Ends the threads that nobody took, and waits for that: a process that ends while one of them loads native code is
 * aborted by it, and its exit code is lost.
 */
export async function endAhead(): Promise<void> {
  await Promise.all(
    [...ahead.values()].map((thread) => {
      const ended = new Promise<void>((resolve) => {
        thread.once('exit', () => {
          resolve()
        })
      })
      thread.ref()
      thread.postMessage({ type: 'not_needed' } satisfies AheadMessage)
      return ended
    }),
  )
}
