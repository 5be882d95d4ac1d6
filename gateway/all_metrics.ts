/** The page GET /metrics of the main port: metrics of the gateway, backend states, and the page of each running backend. */
import { Gauge, Registry } from 'prom-client'
import { bearerHeaders } from '../server/token.ts'
import { BACKEND_STATES } from '../protocol/control.ts'
import type { Measured } from './observed.ts'
import { measuredPage } from './target_meter.ts'
import { mergePages, type SourcePage } from './metrics_page.ts'
import type { GatewayBackend, GatewayTarget } from './targets.ts'

export interface AllMetricsOptions {
  backends(): readonly GatewayBackend[]
  gatewayPage(): Promise<string>
  /** The gateway's measurements of a running target that has no metrics page; null when it has one. */
  measuredOf(targetId: string): Measured | null
  /** Milliseconds per backend; Prometheus aborts a scrape after ten seconds. */
  timeoutMs?: number
}

const TIMEOUT_MS = 2000
const PAGE_BYTES_MAX = 4 * 1024 ** 2

interface Scraped {
  backend: GatewayBackend
  target: GatewayTarget
  result: { text: string } | { failure: string }
}

/** Never rejects because of a backend: one that does not answer is left out, with a comment in the page. */
export async function allMetrics(options: AllMetricsOptions): Promise<string> {
  const { backends, gatewayPage, measuredOf, timeoutMs = TIMEOUT_MS } = options
  const all = backends()
  const running = all.flatMap((backend) =>
    backend.targets
      .filter(isRunning)
      .map((target) => ({ backend, target, measured: measuredOf(target.id) })),
  )
  const [own, scraped] = await Promise.all([
    gatewayPage(),
    Promise.all(
      running
        .filter(({ measured }) => measured === null)
        .map((one) => scrape(one.backend, one.target, timeoutMs)),
    ),
  ])
  const pages: SourcePage[] = [
    { name: 'gateway', text: own, labels: {} },
    { name: 'control plane', text: await planePage(all, scraped), labels: {} },
  ]
  for (const { backend, target, measured } of running) {
    if (measured === null) continue
    pages.push({ name: target.id, text: measuredPage(measured), labels: labelsOf(backend, target) })
  }
  const comments: string[] = []
  for (const { backend, target, result } of scraped) {
    if ('failure' in result) comments.push(`${target.id} is left out: ${result.failure}`)
    else pages.push({ name: target.id, text: result.text, labels: labelsOf(backend, target) })
  }
  return mergePages(pages, comments)
}

function isRunning(target: GatewayTarget): boolean {
  const { state } = target.view()
  return target.isServing || state === 'loading'
}

/** Built-in backends label every sample with `backend`; `replica` distinguishes replicas. */
function labelsOf({ name, targets }: GatewayBackend, { id }: GatewayTarget) {
  return targets.length > 1 ? { backend: name, replica: id } : { backend: name }
}

async function scrape(
  backend: GatewayBackend,
  target: GatewayTarget,
  timeoutMs: number,
): Promise<Scraped> {
  const url = `${target.url.replace(/^ws/, 'http').replace(/\/$/, '')}/metrics`
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: bearerHeaders(target.token),
    })
    if (!response.ok) {
      await response.body?.cancel()
      return { backend, target, result: { failure: `${url} answered ${response.status}` } }
    }
    return { backend, target, result: { text: await readText(response, url) } }
  } catch (error) {
    return { backend, target, result: { failure: failureOf(error, url, timeoutMs) } }
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Throwing out of the loop cancels the rest of the page.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > PAGE_BYTES_MAX) throw new Error(`${url} is longer than ${PAGE_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `fetch` throws "fetch failed" and keeps the reason as its cause. */
function failureOf(error: unknown, url: string, timeoutMs: number): string {
  const { name, message, cause } = error as Error
  if (name === 'TimeoutError') return `${url} did not answer within ${timeoutMs} ms`
  const reason = cause instanceof Error ? cause.message || cause.name : message
  return reason.includes(url) ? reason : `${url}: ${reason}`
}

function planePage(
  backends: readonly GatewayBackend[],
  scraped: readonly Scraped[],
): Promise<string> {
  const registry = new Registry()
  const registers = [registry]
  const hasReplicas = backends.some(({ targets }) => targets.length > 1)
  const labelNames = ['backend', ...(hasReplicas ? ['replica'] : [])]
  const state = new Gauge({
    name: 'switchyard_backend_state',
    help: '1 for the state that the backend is in, 0 for the others.',
    labelNames: [...labelNames, 'state'],
    registers,
  })
  const serving = new Gauge({
    name: 'switchyard_backend_serving',
    help: '1 when its model is loaded and requests are forwarded to it.',
    labelNames,
    registers,
  })
  const scrapeOk = new Gauge({
    name: 'switchyard_scrape_ok',
    help: '1 when the page /metrics of the running backend is part of this one, 0 when it did not answer.',
    labelNames,
    registers,
  })
  for (const backend of backends) {
    for (const target of backend.targets) {
      const labels = labelsOf(backend, target)
      const current = target.view().state
      for (const one of BACKEND_STATES)
        state.set({ ...labels, state: one }, one === current ? 1 : 0)
      serving.set(labels, target.isServing ? 1 : 0)
    }
  }
  for (const { backend, target, result } of scraped) {
    scrapeOk.set(labelsOf(backend, target), 'text' in result ? 1 : 0)
  }
  return registry.metrics()
}
