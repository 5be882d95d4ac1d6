import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ErrorCode } from '../protocol/errors.ts'
import { LATENCY_BOUNDS_S } from '../protocol/metrics.ts'
import { metricsCodeOf } from '../protocol/warnings.ts'

export interface GatewayReadings {
  clients(): number
  outstanding(): { backend: string; target: string; requests: number }[]
  quarantined(): { backend: string; inputs: number }[]
}

/** How a request ended: with a result, with an error, or without a client. */
export type Outcome = 'ok' | ErrorCode | 'client_gone'

export class GatewayMetrics {
  private readonly registry = new Registry()
  private readonly requests = this.counter(
    'switchyard_gateway_requests_total',
    'Inference requests that named a known backend.',
    ['backend'],
  )
  private readonly answers = this.counter(
    'switchyard_gateway_answers_total',
    'How they ended: "ok", the code of an error, or "client_gone".',
    ['backend', 'code'],
  )
  private readonly refusals = this.counter(
    'switchyard_gateway_refused_total',
    'Messages refused before they were a request for a known backend, by code.',
    ['code'],
  )
  private readonly retries = this.counter(
    'switchyard_gateway_retries_total',
    'Requests that were retried because the first connection never opened.',
    ['backend'],
  )
  private readonly late = this.counter(
    'switchyard_gateway_late_answers_total',
    'Replies that arrived after the client had received a timeout, or that matched no request.',
    ['backend'],
  )
  private readonly warnings = this.counter(
    'switchyard_gateway_warnings_total',
    'Warnings in results, by code; "other" for codes that only third-party backends use.',
    ['backend', 'code'],
  )
  private readonly latency: Histogram<string>

  constructor(readings: GatewayReadings) {
    this.latency = new Histogram({
      name: 'switchyard_gateway_latency_seconds',
      help: 'Time from the arrival of a request at the gateway to its result.',
      labelNames: ['backend'],
      buckets: [...LATENCY_BOUNDS_S],
      registers: [this.registry],
    })
    this.gauge('switchyard_gateway_clients', 'Open client connections.', [], (gauge) => {
      gauge.set(readings.clients())
    })
    this.gauge(
      'switchyard_gateway_outstanding',
      'Requests sent to a target that it has not answered.',
      ['backend', 'target'],
      (gauge) => {
        for (const { backend, target, requests } of readings.outstanding()) {
          gauge.set({ backend, target }, requests)
        }
      },
    )
    this.gauge(
      'switchyard_gateway_quarantined_inputs',
      'Inputs that are rejected because they were being processed during two crashes.',
      ['backend'],
      (gauge) => {
        for (const { backend, inputs } of readings.quarantined()) gauge.set({ backend }, inputs)
      },
    )
  }

  noteRequest(backend: string): void {
    this.requests.inc({ backend })
  }

  noteAnswer(backend: string, outcome: Outcome, seconds: number): void {
    this.answers.inc({ backend, code: outcome })
    if (outcome === 'ok') this.latency.observe({ backend }, seconds)
  }

  noteWarning(backend: string, code: string): void {
    this.warnings.inc({ backend, code: metricsCodeOf(code) })
  }

  noteRefused(code: ErrorCode): void {
    this.refusals.inc({ code })
  }

  noteRetry(backend: string): void {
    this.retries.inc({ backend })
  }

  noteLate(backend: string): void {
    this.late.inc({ backend })
  }

  page(): Promise<string> {
    return this.registry.metrics()
  }

  private counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }

  private gauge(
    name: string,
    help: string,
    labelNames: string[],
    read: (gauge: Gauge) => void,
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => {
        gauge.reset()
        read(gauge)
      },
    })
  }
}
