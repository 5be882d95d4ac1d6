/** The load test off the page's thread: what the page draws must not slow what is measured, nor the other way round. */
import { runLoad, type LoadProgress } from '../../../client/load/load_engine.ts'
import type { LoadPlan, LoadReport } from '../../../client/load/load_plan.ts'

export type LoadOrder = { order: 'start'; plan: LoadPlan; protocols: string[] } | { order: 'stop' }
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
  const { plan, protocols } = data
  runLoad(plan, stopper.signal, {
    openSocket: (url) => new WebSocket(url, protocols),
    onProgress: (progress) => tell({ news: 'progress', progress }),
  }).then(
    (report) => tell({ news: 'done', report }),
    (error: unknown) => tell({ news: 'failed', message: String(error) }),
  )
})
