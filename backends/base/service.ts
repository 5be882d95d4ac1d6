/** One backend as a service: model state, queue, statistics. Between server and worker. */
import { asText, message, type Message } from '../../protocol/messages.ts'
import type {
  InferenceRequest,
  InferenceResponse,
  ModelFile,
  Pong,
} from '../../protocol/backend.ts'
import type { BackendConfig } from '../../protocol/config.ts'
import type { Descriptor } from '../../protocol/descriptor.ts'
import { type ErrorCode, ProtocolError, saidBy } from '../../protocol/errors.ts'
import { RepeatedLines } from '../../server/repeated_lines.ts'
import { describeAnswer } from './answer_line.ts'
import type { BackendLog, LoadedModel, WorkItem } from './backend.ts'
import { LATENCY_WINDOW_S, LatencyWindow } from '../../protocol/latency_window.ts'
import { BackendMetrics } from './metrics.ts'
import type { Answer, RequestReader } from './request_reader.ts'
import { Scheduler, type RequestOutcome, type RunBatch } from './scheduler.ts'
import type { BackendService } from './server.ts'
import type { ModelRunner } from './worker_pool.ts'

/** Per worker: one batch runs while the next is decoded. */
const PIPELINE_DEPTH = 2

type ModelState =
  | { phase: 'loading'; detail: Message }
  | { phase: 'ready'; model: LoadedModel }
  | { phase: 'stopping' }
  | { phase: 'lost'; reason: Message }

interface FailureLine {
  level: 'warn' | 'error'
  fields: Record<string, unknown>
}

export interface ServiceOptions {
  name: string
  version: string
  config: BackendConfig
  /** Until the loaded model has one. */
  descriptor: Descriptor | null
  readRequest: RequestReader
  log: BackendLog
  now: () => number
}

export class ModelService implements BackendService {
  /** Reloads the model files; set once possible. */
  onReload: (() => Promise<LoadedModel>) | null = null
  private readonly options: ServiceOptions
  private readonly scheduler: Scheduler
  private readonly latency = new LatencyWindow()
  private readonly metrics: BackendMetrics
  private readonly startedMs: number
  private state: ModelState = { phase: 'loading', detail: message('progress.starting') }
  /** Kept while stopping: accepted requests still run. */
  private runner: ModelRunner | null = null
  /** Failed-request log lines per client. */
  private readonly failures = new WeakMap<object, RepeatedLines<FailureLine>>()
  private requests = 0
  private errors = 0

  constructor(options: ServiceOptions) {
    this.options = options
    this.startedMs = options.now()
    const { config } = options
    this.scheduler = new Scheduler(
      {
        batchSizeMax: config.max_batch_size,
        queueLimit: config.queue_limit,
        pipelineDepth: () => PIPELINE_DEPTH * (this.runner?.width ?? 1),
        queueDelayMsMax: config.max_queue_delay_ms,
        requestTimeoutMs: config.request_timeout * 1000,
      },
      (items) => this.runBatch(items),
      options.now,
    )
    this.metrics = new BackendMetrics(options.name, {
      queueDepth: () => this.scheduler.queueDepth,
      inFlight: () => this.scheduler.inFlight,
      isReady: () => this.state.phase === 'ready',
    })
  }

  /** Handles `reload`: resolves with the active files; rejects with the reason why the old ones stay. */
  async reload(): Promise<ModelFile[]> {
    if (this.onReload === null) {
      throw new ProtocolError('not_ready', message('run.starting', { name: this.options.name }))
    }
    try {
      return (await this.onReload()).models
    } catch (cause) {
      const said = message('run.not_reloaded', { reason: saidBy(cause) })
      throw new ProtocolError('internal', said, { cause })
    }
  }

  noteProgress(detail: Message): void {
    if (this.state.phase === 'loading') this.state = { phase: 'loading', detail }
  }

  becomeReady(model: LoadedModel, runner: ModelRunner): void {
    // Also from `ready`: a reloaded model takes over between two batches.
    if (this.state.phase !== 'loading' && this.state.phase !== 'ready') return
    this.runner = runner
    this.state = { phase: 'ready', model }
  }

  loseModel(reason: Message): void {
    this.runner = null
    this.state = { phase: 'lost', reason }
    this.scheduler.failAll(new ProtocolError('backend_lost', reason))
  }

  async drain(): Promise<void> {
    if (this.state.phase !== 'lost') this.state = { phase: 'stopping' }
    if (this.scheduler.inFlight > 0) {
      this.options.log.info(`finishing ${this.scheduler.inFlight} requests`)
    }
    await this.scheduler.idle()
  }

  /** Applies configuration changes that need no restart. */
  configure({ request_timeout: seconds }: { request_timeout: number }): void {
    this.scheduler.setRequestTimeout(seconds * 1000)
    this.options.log.info(`request_timeout is ${seconds} s from now on`)
  }

  pong(): Pong {
    const { name, version, now } = this.options
    const { state } = this
    const descriptor =
      (state.phase === 'ready' && state.model.descriptor) || this.options.descriptor
    const stalledS = Math.round(this.scheduler.stalledMs / 100) / 10
    return {
      type: 'pong',
      status: stalledS > 0 && state.phase === 'ready' ? 'degraded' : STATUS[state.phase],
      backend: name,
      version,
      model_loaded: state.phase === 'ready',
      ...(state.phase === 'loading' ? asText({ detail: state.detail }) : {}),
      ...(state.phase === 'lost' ? asText({ detail: state.reason }) : {}),
      ...(stalledS > 0
        ? {
            ...asText({ detail: message('progress.stalled', { seconds: stalledS }) }),
            stalled_s: stalledS,
          }
        : {}),
      provider: state.phase === 'ready' ? state.model.provider : null,
      devices: state.phase === 'ready' ? state.model.devices : [],
      models: state.phase === 'ready' ? state.model.models : [],
      placements: state.phase === 'ready' ? (state.model.placements ?? []) : [],
      ...(state.phase === 'ready' && state.model.warnings?.length
        ? { warnings: state.model.warnings }
        : {}),
      sessions: this.runner?.width ?? 0,
      accepts_binary: true,
      ...(state.phase === 'ready' && state.model.imageSize
        ? { image_size: state.model.imageSize }
        : {}),
      ...(descriptor && { descriptor }),
      uptime_s: Math.round((now() - this.startedMs) / 100) / 10,
      pid: process.pid,
      memory: { rss_bytes: process.memoryUsage.rss() },
      queue_depth: this.scheduler.queueDepth,
      in_flight: this.scheduler.inFlight,
      stats: {
        requests: this.requests,
        errors: this.errors,
        latency_ms: this.latency.percentiles(now()),
        window_s: LATENCY_WINDOW_S,
      },
    }
  }

  async infer(
    client: object,
    request: InferenceRequest,
    attachments: readonly Uint8Array[],
    arrivedMs: number,
  ): Promise<InferenceResponse> {
    this.requests++
    this.metrics.noteRequest()
    const { request_id } = request
    try {
      const model = this.readyModel()
      const { items, toAnswer } = this.options.readRequest(request, attachments)
      const outcome = await this.scheduler.submit(client, request_id, items, arrivedMs)
      const { data, warnings } = toAnswer(outcome.results)
      this.latency.add(this.options.now(), outcome.timing.total_ms)
      this.metrics.noteAnswer(outcome.timing)
      for (const { code } of warnings) this.metrics.noteWarning(code)
      const known = new Set(model.warnings?.map(({ code }) => code))
      const news = warnings.filter(({ code }) => !known.has(code))
      this.logAnswer(request, { data, warnings: news }, outcome)
      return {
        type: 'inference_response',
        request_id,
        data,
        timing: outcome.timing,
        provider: model.provider,
        ...(warnings.length > 0 ? { warnings } : {}),
      }
    } catch (error) {
      this.errors++
      this.metrics.noteError(error instanceof ProtocolError ? error.code : 'internal')
      this.logFailure(client, request_id, error)
      throw error
    }
  }

  cancel(client: object, requestId: string): boolean {
    return this.scheduler.cancel(client, requestId)
  }

  disconnected(client: object): void {
    this.scheduler.abandon(client)
    this.failures.get(client)?.flush({ level: 'warn', fields: {} })
    this.failures.delete(client)
  }

  noteRefused(code: ErrorCode): void {
    this.errors++
    this.metrics.noteError(code)
  }

  metricsPage(): Promise<{ contentType: string; text: string }> {
    return this.metrics.page()
  }

  private logFailure(client: object, requestId: string, error: unknown): void {
    const { log, now } = this.options
    const lines =
      this.failures.get(client) ??
      new RepeatedLines<FailureLine>({
        add: (message, { level, fields }) => {
          log[level](message, fields)
        },
        now,
      })
    this.failures.set(client, lines)
    if (error instanceof ProtocolError) {
      const { code, message } = error
      const fields = { request_id: requestId, code }
      lines.add(`request refused: ${message}`, { level: 'warn', fields })
    } else {
      const fields = { request_id: requestId }
      lines.add(`request failed: ${String(error)}`, { level: 'error', fields })
    }
  }

  private readyModel(): LoadedModel {
    const { state } = this
    if (state.phase === 'ready') return state.model
    const { name } = this.options
    throw new ProtocolError(
      'not_ready',
      state.phase === 'loading'
        ? message('run.loading', { name, detail: state.detail })
        : message(`run.${state.phase}`, { name }),
    )
  }

  private runBatch(items: WorkItem[]): ReturnType<RunBatch> {
    return (
      this.runner?.run(items) ??
      Promise.reject(new ProtocolError('backend_lost', message('run.model_lost')))
    )
  }

  /** Logged after the reply is sent in this event loop turn. */
  private logAnswer(
    request: InferenceRequest,
    { data, warnings }: Answer,
    { timing }: RequestOutcome,
  ): void {
    setImmediate(() => {
      const { log } = this.options
      const { message, fields } = describeAnswer(request, data, timing)
      log.info(message, fields)
      const { request_id } = request
      for (const { message: warning, ...about } of warnings)
        log.warn(warning, { request_id, ...about })
    })
  }
}

const STATUS = {
  loading: 'loading',
  ready: 'healthy',
  stopping: 'unhealthy',
  lost: 'unhealthy',
} as const
