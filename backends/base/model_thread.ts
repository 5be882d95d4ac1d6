import { Worker } from 'node:worker_threads'
import type { AheadMessage, WorkerStart } from './worker_messages.ts'

export interface AheadData {
  likelyName: string
}

const ahead = new Map<string, Worker>()

/** Preloads code and waits for a model. It does not keep the process alive; failures are dropped. */
export function startAhead(entry: URL, likelyName: string): void {
  const thread = new Worker(entry, { workerData: { likelyName } satisfies AheadData })
  const forget = () => ahead.delete(entry.href)
  thread.once('error', forget)
  thread.once('exit', forget)
  thread.unref()
  ahead.set(entry.href, thread)
}

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

/** Ends unused threads and waits: exiting while one loads native code aborts the process and loses the exit code. */
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
