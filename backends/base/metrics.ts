import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Timing } from '../../protocol/backend.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { BATCH_BOUNDS, LATENCY_BOUNDS_S } from '../../protocol/metrics.ts'
import { metricsCodeOf } from '../../protocol/warnings.ts'

const STAGES = {
  queue: 'queue_ms',
  preprocess: 'preprocess_ms',
  inference: 'inference_ms',
  postprocess: 'postprocess_ms',
  total: 'total_ms',
} as const satisfies Record<string, keyof Timing>

export interface MetricsSource {
  queueDepth(): number
  inFlight(): number
  isReady(): boolean
}

export class BackendMetrics {
  private readonly registry = new Registry()
  private readonly stages: Record<keyof typeof STAGES, { observe(seconds: number): void }>
  private readonly batchSizes: Histogram
  private readonly requests: Counter
  private readonly errors: Counter
  private readonly warnings: Counter

  constructor(backend: string, source: MetricsSource) {
    const registers = [this.registry]
    this.registry.setDefaultLabels({ backend })
    const stageSeconds = new Histogram({
      name: 'switchyard_stage_seconds',
      help: 'Time of answered requests in each stage; "total" runs from arrival to reply.',
      labelNames: ['stage'],
      buckets: [...LATENCY_BOUNDS_S],
      registers,
    })
    const child = (stage: keyof typeof STAGES) => stageSeconds.labels({ stage })
    this.stages = {
      queue: child('queue'),
      preprocess: child('preprocess'),
      inference: child('inference'),
      postprocess: child('postprocess'),
      total: child('total'),
    }
    this.batchSizes = new Histogram({
      name: 'switchyard_batch_size',
      help: 'Items that were run together.',
      buckets: [...BATCH_BOUNDS],
      registers,
    })
    this.requests = new Counter({
      name: 'switchyard_requests_total',
      help: 'Inference requests received.',
      registers,
    })
    this.errors = new Counter({
      name: 'switchyard_errors_total',
      help: 'Messages answered with an error, by its code.',
      labelNames: ['code'],
      registers,
    })
    this.warnings = new Counter({
      name: 'switchyard_warnings_total',
      help: 'Warnings in replies, by their code.',
      labelNames: ['code'],
      registers,
    })
    this.gauge('switchyard_queue_depth', 'Requests that wait to be run.', () => source.queueDepth())
    this.gauge('switchyard_in_flight', 'Requests accepted and not answered.', () =>
      source.inFlight(),
    )
    this.gauge('switchyard_ready', '1 when the model is loaded and warm.', () =>
      source.isReady() ? 1 : 0,
    )
    this.gauge('process_resident_memory_bytes', 'Resident memory of the process.', () =>
      process.memoryUsage.rss(),
    )
  }

  noteRequest(): void {
    this.requests.inc()
  }

  noteAnswer(timing: Timing): void {
    for (const [stage, key] of Object.entries(STAGES)) {
      this.stages[stage as keyof typeof STAGES].observe(timing[key] / 1000)
    }
    this.batchSizes.observe(timing.batch_size)
  }

  noteWarning(code: string): void {
    this.warnings.inc({ code: metricsCodeOf(code) })
  }

  noteError(code: ErrorCode): void {
    this.errors.inc({ code })
  }

  async page(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() }
  }

  private gauge(name: string, help: string, read: () => number): void {
    const gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: () => {
        gauge.set(read())
      },
    })
  }
}
