import { messageOf } from '../../protocol/errors.ts'
import { Timer } from '../../protocol/disposables.ts'

export type ScrapeOutcome =
  | { kind: 'page'; text: string }
  | { kind: 'no_page'; reason: string }
  | { kind: 'unreachable'; reason: string }

export interface ScraperOptions {
  url: string
  /** Node's fetch reuses the connection. */
  fetch: typeof globalThis.fetch
  wall: () => number
  /** Whole seconds. The store spreads a reading over the steps that it covers. */
  intervalMs: () => number
  /** Must not throw. */
  onOutcome(outcome: ScrapeOutcome): void
}

export const SCRAPE_INTERVAL_MS = 1000
export const IDLE_SCRAPE_INTERVAL_MS = 10_000
/** A backend responds while the model runs; a page takes about 1 ms. */
export const SCRAPE_TIMEOUT_MS = 2000
/** Our pages have at most 28 KB; a third-party page with thousands of series still fits. */
export const PAGE_BYTES_MAX = 1024 * 1024
/** A program without the page may be replaced by one with it. */
export const NO_PAGE_INTERVAL_MS = 60_000

export class Scraper {
  private readonly options: ScraperOptions
  private readonly timer = new Timer()
  private abort: AbortController | null = null
  private look: Promise<void> = Promise.resolve()
  private isClosed = false
  private hasStopped = false
  /** A backend without a page is not queried more often for a visible chart. */
  private isResting = false

  constructor(options: ScraperOptions) {
    this.options = options
    this.schedule(SCRAPE_INTERVAL_MS)
  }

  wake(): void {
    if (this.timer.isSet && !this.isResting) this.schedule(this.options.intervalMs())
  }

  /** When called from `onOutcome`, no further request follows. */
  stop(): void {
    this.hasStopped = true
  }

  /** Aborts the request and resolves when it has ended. No outcome is reported afterwards. */
  async close(): Promise<void> {
    this.isClosed = true
    this.timer.dispose()
    this.abort?.abort()
    await this.look
  }

  private schedule(intervalMs: number): void {
    this.timer.set(delayToNextLook(this.options.wall(), intervalMs), () => {
      this.look = this.lookOnce()
    })
  }

  private async lookOnce(): Promise<void> {
    const outcome = await this.fetchPage()
    if (this.isClosed) return
    this.options.onOutcome(outcome)
    if (this.hasStopped) return
    this.isResting = outcome.kind === 'no_page'
    this.schedule(this.isResting ? NO_PAGE_INTERVAL_MS : this.options.intervalMs())
  }

  /** Never rejects. */
  private async fetchPage(): Promise<ScrapeOutcome> {
    const abort = new AbortController()
    this.abort = abort
    const timeout = setTimeout(() => {
      abort.abort()
    }, SCRAPE_TIMEOUT_MS)
    try {
      const response = await this.options.fetch(this.options.url, {
        signal: abort.signal,
        headers: { accept: 'text/plain; version=0.0.4' },
        redirect: 'error',
      })
      return await readResponse(response)
    } catch (error) {
      return abort.signal.aborted
        ? { kind: 'unreachable', reason: `no answer within ${SCRAPE_TIMEOUT_MS} ms` }
        : outcomeOf(error)
    } finally {
      clearTimeout(timeout)
      this.abort = null
    }
  }
}

/** The middle of a second of the wall clock, so that each one-second step gets a reading despite timer delays. */
export function delayToNextLook(wallMs: number, intervalMs: number): number {
  const half = SCRAPE_INTERVAL_MS / 2
  const delay = intervalMs - ((wallMs + half) % SCRAPE_INTERVAL_MS)
  return delay < half ? delay + SCRAPE_INTERVAL_MS : delay
}

async function readResponse(response: Response): Promise<ScrapeOutcome> {
  if (!response.ok) {
    // An unread body would hold the connection.
    await response.body?.cancel()
    return { kind: 'no_page', reason: `GET /metrics returned status ${response.status}` }
  }
  const text = await readText(response)
  if (text !== null) return { kind: 'page', text }
  return { kind: 'no_page', reason: `GET /metrics is longer than ${PAGE_BYTES_MAX} bytes` }
}

/** null when it is too long. */
async function readText({ body }: Response): Promise<string | null> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // Leaving the loop cancels the body.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > PAGE_BYTES_MAX) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Node's fetch hides the reason in `cause`. Codes with HPE_ are HTTP parse errors: something responds, but not in HTTP. */
function outcomeOf(error: unknown): ScrapeOutcome {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const message = messageOf(cause)
  return {
    kind: code.startsWith('HPE_') ? 'no_page' : 'unreachable',
    reason: message === '' ? code : message,
  }
}
