/** Load test in a worker, so that rendering and measurement do not slow each other. */
import { BackendClient } from '../../../client/backend_client.ts'
import { openBrowserSocket } from '../../../client/browser_socket.ts'
import { loadConnection } from '../../../client/load/load_connection.ts'
import { runLoad, type LoadProgress } from '../../../client/load/load_engine.ts'
import type { LoadPlan, LoadReport } from '../../../client/load/load_plan.ts'
import { loadText, type LoadMessage } from './load_message.ts'

/** `protocols`: a worker cannot read the stored key. */
export interface LoadStart {
  order: 'start'
  backend: string
  url: string
  protocols: string[]
  message: LoadMessage
  plan: LoadPlan
}
export type LoadOrder = LoadStart | { order: 'stop' }
export type LoadNews =
  | { news: 'progress'; progress: LoadProgress }
  | { news: 'done'; report: LoadReport }
  | { news: 'failed'; message: string }

const stopper = new AbortController()
const tell = (news: LoadNews) => self.postMessage(news)

self.addEventListener('message', ({ data }: MessageEvent<LoadOrder>) => {
  if (data.order === 'stop') {
    stopper.abort()
    return
  }
  run(data).then(
    (report) => tell({ news: 'done', report }),
    (error: unknown) => tell({ news: 'failed', message: String(error) }),
  )
})

function run({ backend, url, protocols, message, plan }: LoadStart): Promise<LoadReport> {
  const textFor = loadText(message)
  return runLoad(plan, stopper.signal, {
    open: (signal) => {
      const openSocket = () => openBrowserSocket(url, { protocols })
      return loadConnection(new BackendClient({ name: backend, openSocket }), textFor, signal)
    },
    onProgress: (progress) => tell({ news: 'progress', progress }),
  })
}
