/**
 * Collects the metrics of one running process into the store: from GET /metrics, or without it from the gateway's
 * measurements (third-party) or the `stats` of pongs. Opened at start, closed at exit.
 */
import type { Clock } from '../../protocol/clock.ts'
import type { Pong } from '../../protocol/backend.ts'
import type { MetricsDelta } from './cell.ts'
import type { MetricsReading } from '../../protocol/metrics_reading.ts'
import { Timer } from '../../protocol/disposables.ts'
import { deltaOf, FIRST_READING, readPage } from './page_reading.ts'
import { delayToNextLook, Scraper, type ScrapeOutcome } from './scraper.ts'
import type { MetricsStore } from './store.ts'

export interface CollectorOptions {
  backend: string
  url: string
  /** We started the process: its first reading counts in full. Otherwise it is the baseline. */
  startsAtZero: boolean
  store: Pick<MetricsStore, 'note' | 'noteGauges'>
  fetch: typeof globalThis.fetch
  clock: Clock
  scrapeIntervalMs: () => number
  /** The gateway's measurements; null for a built-in backend. Its page is queried once, and again only if it has one. */
  measure: (() => MetricsReading) | null
  onFault(error: unknown): void
}

/** Failed readings of a backend that answers health checks before its pongs are used. */
export const UNREACHABLE_MAX = 5

/** The one source of counters: with two, requests would count twice. */
export type MetricsSource =
  { from: 'undecided' } | { from: 'page' } | { from: 'gateway' } | { from: 'pong'; reason: string }

interface Counted<T> {
  counters: T
  atMs: number
}

export class MetricsCollector {
  private readonly options: CollectorOptions
  /** null until the first pong of a third-party backend. */
  private scraper: Scraper | null = null
  private readonly measureTimer = new Timer()
  private measured: Counted<MetricsReading> | null = null
  private isClosed = false
  private current: MetricsSource = { from: 'undecided' }
  /** null: the next reading is the baseline. */
  private page: Counted<MetricsReading> | null = null
  private pong: Counted<PongCounters> | null = null
  private askedMs: number
  private hasPonged = false
  private unreachable = 0

  constructor(options: CollectorOptions) {
    this.options = options
    const atMs = options.clock.monotonic()
    this.askedMs = atMs
    if (options.startsAtZero) {
      this.page = { counters: FIRST_READING, atMs }
      this.pong = { counters: { requests: 0, errors: 0 }, atMs }
    }
    if (options.measure === null) this.scraper = this.openScraper()
    else this.beginMeasuring(options.measure)
  }

  get source(): MetricsSource {
    return this.current
  }

  wake(): void {
    this.scraper?.wake()
    const { measure } = this.options
    if (measure !== null && this.current.from === 'gateway') this.measureLater(measure)
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.measureTimer.dispose()
    await this.scraper?.close()
  }

  notePong({ stats, memory, queue_depth, in_flight }: Pong, roundTripMs: number): void {
    const { store, backend, clock } = this.options
    this.hasPonged = true
    if (!this.isClosed) this.scraper ??= this.openScraper()
    store.noteGauges(backend, clock.wall(), {
      pong_ms: roundTripMs,
      // The page and the gateway report these more often.
      ...(this.current.from === 'page' ? {} : { rss_bytes: memory?.rss_bytes ?? null }),
      ...(this.current.from === 'page' || this.current.from === 'gateway'
        ? {}
        : { queue_depth: queue_depth ?? null, in_flight: in_flight ?? null }),
    })
    if (this.current.from !== 'pong' || stats === undefined) return
    const now = { counters: stats, atMs: clock.monotonic() }
    if (this.pong !== null) {
      store.note(backend, clock.wall(), pongDelta(this.pong, now))
    }
    this.pong = now
  }

  private openScraper(): Scraper {
    const { url, fetch, clock, scrapeIntervalMs } = this.options
    return new Scraper({
      url,
      fetch,
      intervalMs: scrapeIntervalMs,
      wall: () => clock.wall(),
      onOutcome: (outcome) => {
        this.guard(() => this.noteOutcome(outcome))
      },
    })
  }

  private guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.options.onFault(error)
    }
  }

  private beginMeasuring(measure: () => MetricsReading): void {
    if (this.isClosed) return
    this.current = { from: 'gateway' }
    this.measured = { counters: measure(), atMs: this.options.clock.monotonic() }
    this.measureLater(measure)
  }

  private measureLater(measure: () => MetricsReading): void {
    const { clock, scrapeIntervalMs } = this.options
    this.measureTimer.set(delayToNextLook(clock.wall(), scrapeIntervalMs()), () => {
      this.guard(() => this.noteMeasured(measure()))
      this.measureLater(measure)
    })
  }

  private noteMeasured(reading: MetricsReading): void {
    const { store, backend, clock } = this.options
    const atMs = clock.monotonic()
    const before = this.measured
    this.measured = { counters: reading, atMs }
    if (before === null) return
    const elapsedMs = atMs - before.atMs
    // Decreased counters belong to a new process and count from zero.
    const delta =
      deltaOf(before.counters, reading, elapsedMs) ?? deltaOf(FIRST_READING, reading, elapsedMs)
    if (delta !== null) store.note(backend, clock.wall(), delta)
    store.noteGauges(backend, clock.wall(), reading.gauges)
  }

  private noteOutcome(outcome: ScrapeOutcome): void {
    const nowMs = this.options.clock.monotonic()
    switch (outcome.kind) {
      case 'page':
        this.notePage(outcome.text, nowMs)
        break
      case 'no_page':
        this.fallBack(outcome.reason)
        break
      case 'unreachable':
        if (this.hasPonged) this.unreachable++
        if (this.current.from === 'gateway') this.scraper?.stop()
        // Once there was a page, silence means busy or exited; the next page has the counters.
        if (this.current.from === 'undecided' && this.unreachable >= UNREACHABLE_MAX) {
          this.fallBack(`${this.unreachable} requests without a response: ${outcome.reason}`)
        }
        break
      default:
        outcome satisfies never
    }
    this.askedMs = nowMs
  }

  private notePage(text: string, nowMs: number): void {
    const { store, backend, clock } = this.options
    const reading = readPage(text)
    if (reading === null) {
      this.fallBack('its page does not count requests as switchyard_requests_total')
      return
    }
    if (this.current.from === 'gateway') this.endMeasuring()
    this.current = { from: 'page' }
    this.unreachable = 0
    if (this.page !== null)
      store.note(backend, clock.wall(), this.pageDelta(this.page, reading, nowMs))
    store.noteGauges(backend, clock.wall(), reading.gauges)
    this.page = { counters: reading, atMs: nowMs }
  }

  private pageDelta(
    before: Counted<MetricsReading>,
    now: MetricsReading,
    nowMs: number,
  ): MetricsDelta {
    const delta = deltaOf(before.counters, now, nowMs - before.atMs)
    if (delta !== null) return delta
    // A new process since the last reading: its whole count is new.
    const fresh = deltaOf(FIRST_READING, now, nowMs - this.askedMs)
    if (fresh === null) throw new Error('a counter is below zero although the page was read')
    return fresh
  }

  /** The page must not count again what the gateway has counted. */
  private endMeasuring(): void {
    this.measureTimer.clear()
    this.page = null
  }

  private fallBack(reason: string): void {
    const { measure } = this.options
    if (measure !== null) {
      // A third-party server may log an error for each unknown request.
      this.scraper?.stop()
      if (this.current.from !== 'gateway') this.beginMeasuring(measure)
      return
    }
    // This source must not count again what the other one has counted.
    if (this.current.from === 'page') this.pong = null
    this.page = null
    this.current = { from: 'pong', reason }
  }
}

interface PongCounters {
  requests: number
  errors: number
  latency_ms?: NonNullable<Pong['stats']>['latency_ms']
}

function pongDelta(before: Counted<PongCounters>, now: Counted<PongCounters>): MetricsDelta {
  const requests = now.counters.requests - before.counters.requests
  const errors = now.counters.errors - before.counters.errors
  const isNewProcess = requests < 0 || errors < 0
  return {
    elapsedMs: now.atMs - before.atMs,
    from: 'pong',
    requests: isNewProcess ? now.counters.requests : requests,
    errors: { other: isNewProcess ? now.counters.errors : errors },
    stages: {},
    batchSizes: null,
    pongLatency: now.counters.latency_ms ?? null,
  }
}
