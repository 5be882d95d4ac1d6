import { create } from 'zustand'
import { base64OfBlob } from '../../api/base64.ts'
import { keyProtocols } from '../../api/page_key.ts'
import type { EegKeys } from '../eeg_input.ts'
import type { LoadProgress } from '../../../client/load/load_engine.ts'
import { sweepSteps, type LoadReport } from '../../../client/load/load_plan.ts'
import type { LoadMessage } from './load_message.ts'
import type { LoadNews, LoadOrder } from './load_worker.ts'
import { errorText } from '../../format/message.ts'

export interface LoadSettings {
  backend: string | null
  concurrency: number
  seconds: number
  isVaried: boolean
  isSweep: boolean
}

/** Results cannot be compared without their context. */
export interface LoadResult {
  id: number
  backend: string
  file: string
  atMs: number
  settings: LoadSettings
  context: LoadContext
  report: LoadReport
}

export interface LoadContext {
  provider: string | null
  sessions: number | null
  queueLimit: number
}

interface LoadState {
  settings: LoadSettings
  running: {
    backend: string
    file: string
    settings: LoadSettings
    progress: LoadProgress | null
  } | null
  problem: string | null
  results: readonly LoadResult[]
}

export const useLoad = create<LoadState>()(() => ({
  settings: { backend: null, concurrency: 8, seconds: 10, isVaried: true, isSweep: false },
  running: null,
  problem: null,
  results: [],
}))

const RESULTS_MAX = 50
/** Opens connections and fills caches. */
const WARM_UP_MS = 500

let worker: Worker | null = null

export interface LoadTarget {
  backend: string
  url: string
  name: string
  file: Blob
  key: string
  others: EegKeys
  isVariable: boolean
  context: LoadContext
}

export async function startLoad(target: LoadTarget): Promise<void> {
  if (useLoad.getState().running !== null) return
  const { settings } = useLoad.getState()
  const { backend, name: file } = target
  useLoad.setState({ problem: null, running: { backend, file, settings, progress: null } })
  try {
    const message = await loadMessageOf(target, settings.isVaried)
    const steps = settings.isSweep ? sweepSteps(settings.concurrency) : [settings.concurrency]
    const plan = {
      steps,
      stepMs: (settings.seconds / steps.length) * 1000,
      warmUp: WARM_UP_MS,
      countsDrain: false,
      stopsOnErrors: true,
    }
    const own = new Worker(new URL('./load_worker.ts', import.meta.url), { type: 'module' })
    worker = own
    own.addEventListener('message', ({ data }: MessageEvent<LoadNews>) =>
      receive(data, target, settings),
    )
    own.addEventListener('error', (event) => finish(event.message))
    const { url } = target
    const start = {
      order: 'start',
      backend,
      url,
      message,
      plan,
      protocols: keyProtocols(),
    } as const
    own.postMessage(start satisfies LoadOrder)
  } catch (error) {
    finish(errorText(error))
  }
}

/** Waits for requests in flight; the report follows. */
export function stopLoad(): void {
  worker?.postMessage({ order: 'stop' } satisfies LoadOrder)
}

function receive(news: LoadNews, target: LoadTarget, settings: LoadSettings): void {
  switch (news.news) {
    case 'progress':
      useLoad.setState(({ running }) => ({
        running: running && { ...running, progress: news.progress },
      }))
      return
    case 'failed':
      finish(news.message)
      return
    case 'done': {
      const result: LoadResult = {
        id: 1 + (useLoad.getState().results[0]?.id ?? 0),
        backend: target.backend,
        file: target.name,
        atMs: Date.now(),
        settings,
        context: target.context,
        report: news.report,
      }
      useLoad.setState(({ results }) => ({ results: [result, ...results].slice(0, RESULTS_MAX) }))
      finish(null)
    }
  }
}

function finish(problem: string | null): void {
  worker?.terminate()
  worker = null
  useLoad.setState({ running: null, problem })
}

/** Padded so that the appended bytes are whole base64 groups; image decoders ignore trailing bytes. */
async function loadMessageOf(
  { file, key, others, isVariable }: LoadTarget,
  isVaried: boolean,
): Promise<LoadMessage> {
  const varies = isVaried && isVariable
  const padding = varies ? (3 - (file.size % 3)) % 3 : 0
  const content = await base64OfBlob(new Blob([file, new Uint8Array(padding)]))
  const head = '{"type":"inference_request","request_id":"'
  const keys = Object.entries(others).map(([name, value]) => `,"${name}":${JSON.stringify(value)}`)
  return {
    head,
    middle: `","data":{${JSON.stringify(key)}:"${content}`,
    tail: `"${keys.join('')}}}`,
    isVaried: varies,
  }
}
