/** Measures the backends: metrics, memory of external processes, GPUs. Polls less while no panel is open. */
import path from 'node:path'
import type { Clock } from '../protocol/clock.ts'
import type { Pong } from '../protocol/backend.ts'
import { messageOf } from '../protocol/errors.ts'
import type { GpuReading } from '../protocol/gpu.ts'
import { message } from '../protocol/messages.ts'
import {
  METRICS_RANGES,
  METRICS_SPANS,
  type MetricsRange,
  type MetricsResult,
  type MetricsSpan,
} from '../protocol/metrics.ts'
import { isThirdParty } from '../protocol/config.ts'
import { bearerHeaders } from '../server/token.ts'
import type { Measured } from '../gateway/observed.ts'
import { gpuBytesOf, type GpuBytes } from './gpu/gpu_bytes.ts'
import { GpuProbe } from './gpu/gpu_probe.ts'
import { MetricsCollector } from './metrics/collector.ts'
import { HourFiles } from './metrics/hour_files.ts'
import { MetricsFile } from './metrics/persist.ts'
import { IDLE_SCRAPE_INTERVAL_MS, SCRAPE_INTERVAL_MS } from './metrics/scraper.ts'
import { querySpan } from './metrics/span_query.ts'
import { MetricsStore } from './metrics/store.ts'
import { Poll } from './poll.ts'
import type { ProcessReader } from './processes/process_reader.ts'
import type { ProcessRow } from './processes/process_text.ts'
import { treeOf, treeRss } from './processes/process_tree.ts'
import type { Supervisor } from './supervisor/supervisor.ts'
import type { Watchers } from './watchers.ts'

export interface TelemetryOptions {
  reader: ProcessReader
  clock: Clock
  watchers: Watchers
  supervisors(): readonly Supervisor[]
  onGpus(reading: GpuReading): void
  measure(id: string): Measured
  warn(message: string): void
}

/** On Windows reading the process table costs 0.3 s of a core, and the GPUs a second. */
const LOOK_INTERVAL_MS = process.platform === 'win32' ? 15_000 : 3000
const GPU_INTERVAL_MS = process.platform === 'win32' ? 10_000 : 5000
/** Without a panel: the finest steps of the long history. */
const IDLE_INTERVAL_MS = 60_000

type AskedSpan = { range: MetricsSpan } | { time_from: number; time_to: number }

const isInMemory = (range: MetricsSpan): range is MetricsRange => range in METRICS_RANGES

interface SeenTree {
  pids: number[]
  rssBytes: number | null
}

export class Telemetry {
  private readonly options: TelemetryOptions
  private readonly store: MetricsStore
  private readonly collectors = new Map<string, MetricsCollector>()
  private readonly closing = new Set<Promise<void>>()
  private trees = new Map<number, SeenTree>()
  private readonly probe: GpuProbe
  private readonly looks: Poll
  private readonly unwatch: () => void
  private file: MetricsFile | null = null
  private hours: HourFiles | null = null
  private gpus: GpuReading | null = null
  private lastFault: string | null = null

  constructor(options: TelemetryOptions) {
    this.options = options
    this.store = new MetricsStore(options.clock.wall)
    this.probe = new GpuProbe({
      platform: process.platform,
      intervalMs: GPU_INTERVAL_MS,
      pauseMs: () => {
        if (options.watchers.isWatched) return GPU_INTERVAL_MS
        return this.mayUseGpu() ? IDLE_INTERVAL_MS : null
      },
      now: options.clock.wall,
      pids: () => this.runningPids(),
      ...(process.env['SystemRoot'] === undefined ? {} : { systemRoot: process.env['SystemRoot'] }),
      onReading: (reading) => {
        this.noteGpus(reading)
      },
      onFault: (error) => {
        this.noteFault('the GPU reading', error)
      },
    })
    this.looks = new Poll({
      run: () => this.look(),
      onFault: (error) => {
        this.noteFault('the process reading', error)
      },
      pauseMs: () => {
        if (this.looked().length === 0) return null
        return options.watchers.isWatched ? LOOK_INTERVAL_MS : IDLE_INTERVAL_MS
      },
    })
    this.unwatch = options.watchers.onChange(() => {
      this.wake()
    })
  }

  async open(folder: string): Promise<void> {
    const { clock, warn } = this.options
    this.hours = new HourFiles({
      folder: path.join(path.resolve(folder), 'hours'),
      now: clock.wall,
      warn,
    })
    this.file = await MetricsFile.open({
      folder: path.resolve(folder),
      store: this.store,
      hours: this.hours,
      warn,
    })
    this.probe.start()
  }

  async close(): Promise<void> {
    this.unwatch()
    for (const id of [...this.collectors.keys()]) this.ended(id)
    await Promise.all([this.probe.close(), this.looks.close(), ...this.closing])
    await this.file?.close()
  }

  get gpuReading(): GpuReading | null {
    return this.gpus
  }

  started(supervisor: Supervisor): void {
    this.ended(supervisor.id)
    const { token } = supervisor
    this.collectors.set(
      supervisor.id,
      new MetricsCollector({
        backend: supervisor.id,
        url: `${supervisor.url.replace(/^ws/, 'http')}/metrics`,
        startsAtZero: supervisor.pid !== null,
        store: this.store,
        fetch: (input, init) =>
          fetch(input, { ...init, headers: { ...init?.headers, ...bearerHeaders(token) } }),
        clock: this.options.clock,
        scrapeIntervalMs: () =>
          this.options.watchers.isWatched ? SCRAPE_INTERVAL_MS : IDLE_SCRAPE_INTERVAL_MS,
        measure: isThirdParty(supervisor.config) ? () => this.options.measure(supervisor.id) : null,
        onFault: (error) => {
          this.noteFault(`the metrics of ${supervisor.id}`, error)
        },
      }),
    )
    this.wake()
  }

  ended(id: string): void {
    const collector = this.collectors.get(id)
    if (collector === undefined) return
    this.collectors.delete(id)
    const closing = collector.close()
    this.closing.add(closing)
    void closing.finally(() => this.closing.delete(closing))
  }

  notePong(id: string, pong: Pong, roundTripMs: number): void {
    this.collectors.get(id)?.notePong(pong, roundTripMs)
  }

  isMeasuredByGateway(id: string): boolean {
    return this.collectors.get(id)?.source.from === 'gateway'
  }

  completePong(id: string, pong: Pong): Pong {
    if (!this.isMeasuredByGateway(id)) return pong
    const { requests, errors, gauges, latencyMs } = this.options.measure(id)
    return {
      ...pong,
      queue_depth: gauges.queue_depth ?? 0,
      in_flight: gauges.in_flight ?? 0,
      stats: {
        requests,
        errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
        latency_ms: latencyMs,
      },
    }
  }

  forget(id: string): void {
    this.ended(id)
    this.store.forget(id)
  }

  /** Counts and histograms of several ids are merged per step. */
  async query(ids: readonly string[], asked: AskedSpan): Promise<MetricsResult> {
    const now = this.options.clock.wall()
    if ('range' in asked && isInMemory(asked.range)) return this.inMemory(ids, asked.range)
    const span =
      'range' in asked
        ? { fromMs: now - METRICS_SPANS[asked.range], toMs: now }
        : { fromMs: asked.time_from, toMs: asked.time_to }
    if (this.hours === null) throw new Error('metrics were queried before they were loaded')
    return querySpan({ store: this.store, hours: this.hours, now: () => now }, ids, span)
  }

  private inMemory(ids: readonly string[], range: MetricsRange): MetricsResult {
    return {
      points: this.store.query(ids, range),
      summary: this.store.summary(ids, range),
      resolution_ms: METRICS_RANGES[range].resolution_ms,
      oldest: null,
    }
  }

  /** Memory of the process tree; null if unknown. */
  rssOf(pid: number): number | null {
    return this.trees.get(pid)?.rssBytes ?? null
  }

  gpuBytesOf(pids: readonly number[]): GpuBytes {
    if (this.gpus === null) return { bytes: null, reason: message('gpu.unread') }
    return gpuBytesOf(
      this.gpus,
      pids.flatMap((pid) => this.trees.get(pid)?.pids ?? [pid]),
    )
  }

  private runningPids(): number[] {
    return this.options
      .supervisors()
      .flatMap(({ pid }) => (pid === null ? [] : (this.trees.get(pid)?.pids ?? [pid])))
  }

  private noteFault(what: string, error: unknown): void {
    const fault = `${what} failed: ${messageOf(error)}`
    if (fault === this.lastFault) return
    this.lastFault = fault
    this.options.warn(fault)
  }

  private noteGpus(reading: GpuReading): void {
    this.gpus = reading
    const now = this.options.clock.wall()
    for (const { id, pid } of this.options.supervisors()) {
      if (pid !== null) {
        this.store.noteGauges(id, now, { gpu_bytes: this.gpuBytesOf([pid]).bytes })
      }
    }
    this.options.onGpus(reading)
  }

  private wake(): void {
    this.looks.wake()
    this.probe.wake()
    for (const collector of this.collectors.values()) collector.wake()
  }

  private mayUseGpu(): boolean {
    return (this.gpus?.devices ?? []).length > 0 && this.options.supervisors().some(isBeyondCpu)
  }

  /** Backends whose process tree has something they do not report: memory, or GPU use. */
  private looked(): Supervisor[] {
    return this.options
      .supervisors()
      .filter((one) => one.pid !== null && (one.pong?.memory === undefined || isBeyondCpu(one)))
  }

  /** Never rejects: what cannot be read stays unknown. */
  private async look(): Promise<void> {
    const { reader } = this.options
    const looked = this.looked().flatMap(({ id, pid, pong }) =>
      pid === null ? [] : [{ id, pid, pong }],
    )
    const rows = await reader.trees(looked.map(({ pid }) => pid)).catch((): ProcessRow[] => [])
    const trees = new Map<number, SeenTree>()
    for (const { id, pid, pong } of looked) {
      const { bytes } = await treeRss(reader, rows, pid)
      trees.set(pid, { pids: treeOf(rows, pid).map((row) => row.pid), rssBytes: bytes })
      // Built-in backends report their memory with every pong.
      if (pong?.memory === undefined && bytes !== null) {
        this.store.noteGauges(id, this.options.clock.wall(), { rss_bytes: bytes })
      }
    }
    this.trees = trees
  }
}

const isBeyondCpu = ({ pid, pong }: Supervisor) => pid !== null && pong?.provider !== 'CPU'
