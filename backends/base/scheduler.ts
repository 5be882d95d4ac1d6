/** Bounded queue and batcher of one backend. Decides what runs when; worker and server do the rest. */
import type { Timing } from '../../protocol/backend.ts'
import { ProtocolError, saidBy } from '../../protocol/errors.ts'
import { message } from '../../protocol/messages.ts'
import { Timer } from '../../protocol/disposables.ts'
import type { WorkItem, InferenceResult, Outcome, StageTiming } from './backend.ts'
import { FairQueue } from '../../server/fair_queue.ts'

/** Outcomes are in the order of the items. */
export type RunBatch = (
  items: WorkItem[],
) => Promise<{ results: Outcome<InferenceResult>[]; timing: StageTiming }>

export interface SchedulerLimits {
  batchSizeMax: number
  queueLimit: number
  /** Batches in progress at the same time; a function, since workers join after the first is ready. */
  pipelineDepth: () => number
  /** How long an incomplete batch waits for more while another one runs; 0 disables it. */
  queueDelayMsMax: number
  requestTimeoutMs: number
}

export interface RequestOutcome {
  results: Outcome<InferenceResult>[]
  timing: Timing
}

interface Request {
  /** Identifies the connection, so that two clients may use the same request id. */
  owner: object
  id: string
  arrivedMs: number
  results: (Outcome<InferenceResult> | undefined)[]
  unanswered: number
  stages: StageTiming
  batchSize: number
  timer: NodeJS.Timeout
  settle: { resolve(outcome: RequestOutcome): void; reject(error: ProtocolError): void } | null
}

interface QueuedItem {
  request: Request
  index: number
  item: WorkItem
}

export class Scheduler {
  private readonly limits: SchedulerLimits
  private readonly runBatch: RunBatch
  private readonly now: () => number
  private readonly requests = new Set<Request>()
  private readonly waiting = new Set<Request>()
  private readonly queue = new FairQueue<QueuedItem>()
  /** Start of each running batch, monotonic ms. */
  private readonly runs = new Set<{ sinceMs: number }>()
  private requestTimeoutMs: number
  private readonly delayTimer = new Timer()
  private idleWaiters: (() => void)[] = []

  /** `now` is monotonic milliseconds. */
  constructor(limits: SchedulerLimits, runBatch: RunBatch, now: () => number) {
    this.limits = limits
    this.runBatch = runBatch
    this.now = now
    this.requestTimeoutMs = limits.requestTimeoutMs
  }

  get queueDepth(): number {
    return this.waiting.size
  }

  /** How long the oldest run exceeds its timeout; 0 if none does. The only sign of a hung thread. */
  get stalledMs(): number {
    const since = Math.min(...[...this.runs].map(({ sinceMs }) => sinceMs))
    return Math.max(0, this.now() - since - this.requestTimeoutMs)
  }

  setRequestTimeout(timeoutMs: number): void {
    this.requestTimeoutMs = timeoutMs
  }

  get inFlight(): number {
    return this.requests.size
  }

  /**
   * Rejects with ProtocolError `queue_full` (immediately), `timeout`, `cancelled`, or `internal` if the worker broke.
   */
  submit(owner: object, id: string, items: WorkItem[], arrivedMs: number): Promise<RequestOutcome> {
    const waiting = this.queueDepth
    if (waiting >= this.limits.queueLimit) {
      return Promise.reject(
        new ProtocolError(
          'queue_full',
          message('run.queue_full', { waiting, limit: this.limits.queueLimit }),
        ),
      )
    }
    return new Promise((resolve, reject) => {
      const request: Request = {
        owner,
        id,
        arrivedMs,
        results: items.map(() => undefined),
        unanswered: items.length,
        stages: { preprocessMs: 0, inferenceMs: 0, postprocessMs: 0 },
        batchSize: 0,
        timer: setTimeout(() => this.fail(request, this.overdue(request)), this.requestTimeoutMs),
        settle: { resolve, reject },
      }
      this.requests.add(request)
      this.waiting.add(request)
      items.forEach((item, index) => {
        this.queue.push(owner, { request, index, item })
      })
      if (items.length === 0) this.complete(request)
      this.dispatch()
    })
  }

  /** Settles a waiting or running request with `cancelled`. False if the id is unknown. */
  cancel(owner: object, id: string): boolean {
    for (const request of this.requests) {
      if (request.owner === owner && request.id === id) {
        this.fail(request, new ProtocolError('cancelled', message('run.cancelled', { id })))
        return true
      }
    }
    return false
  }

  abandon(owner: object): void {
    for (const request of [...this.requests]) {
      if (request.owner === owner) {
        this.fail(request, new ProtocolError('cancelled', message('run.closed')))
      }
    }
  }

  failAll(error: ProtocolError): void {
    for (const request of [...this.requests]) this.fail(request, error)
  }

  async idle(): Promise<void> {
    if (this.requests.size === 0 && this.runs.size === 0) return
    await new Promise<void>((resolve) => this.idleWaiters.push(resolve))
  }

  private dispatch(): void {
    while (this.queue.length > 0 && this.runs.size < this.limits.pipelineDepth()) {
      if (this.waitsForMore()) return
      const batch = this.queue.take(this.limits.batchSizeMax)
      for (const { request } of batch) this.waiting.delete(request)
      const run = { sinceMs: this.now() }
      this.runs.add(run)
      void this.run(batch).finally(() => {
        this.runs.delete(run)
        this.dispatch()
        this.notifyIdle()
      })
    }
  }

  /** An idle worker takes what is there; beside a running batch, a small one may wait to grow. */
  private waitsForMore(): boolean {
    const { queueDelayMsMax, batchSizeMax } = this.limits
    const [oldest] = this.waiting
    if (queueDelayMsMax === 0 || oldest === undefined || this.runs.size === 0) return false
    if (this.queue.length >= batchSizeMax) return false
    const leftMs = oldest.arrivedMs + queueDelayMsMax - this.now()
    if (leftMs <= 0) return false
    this.delayTimer.setOnce(leftMs, () => this.dispatch())
    return true
  }

  private async run(batch: QueuedItem[]): Promise<void> {
    try {
      const { results, timing } = await this.runBatch(batch.map(({ item }) => item))
      for (const request of new Set(batch.map((queued) => queued.request))) {
        addStages(request, timing, batch.length)
      }
      batch.forEach(({ request, index }, place) => {
        const outcome = results[place] ?? new ProtocolError('internal', message('run.fewer'))
        this.note(request, index, outcome)
      })
    } catch (cause) {
      const error =
        cause instanceof ProtocolError
          ? cause
          : new ProtocolError('internal', message('run.failed', { reason: saidBy(cause) }), {
              cause,
            })
      for (const { request } of batch) this.fail(request, error)
    }
  }

  private note(request: Request, index: number, outcome: Outcome<InferenceResult>): void {
    if (request.results[index] !== undefined) return
    request.results[index] = outcome
    request.unanswered--
    if (request.unanswered === 0) this.complete(request)
  }

  private complete(request: Request): void {
    const totalMs = this.now() - request.arrivedMs
    const { preprocessMs, inferenceMs, postprocessMs } = request.stages
    const settle = this.forget(request)
    settle?.resolve({
      results: request.results.filter((one) => one !== undefined),
      timing: {
        // Everything outside the stages: queue, worker, hand-over.
        queue_ms: rounded(Math.max(0, totalMs - preprocessMs - inferenceMs - postprocessMs)),
        preprocess_ms: rounded(preprocessMs),
        inference_ms: rounded(inferenceMs),
        postprocess_ms: rounded(postprocessMs),
        total_ms: rounded(totalMs),
        batch_size: request.batchSize,
      },
    })
  }

  private fail(request: Request, error: ProtocolError): void {
    this.forget(request)?.reject(error)
  }

  /** Removes the request from all lists; later outcomes are ignored. Null if already settled. */
  private forget(request: Request): Request['settle'] {
    const settle = request.settle
    request.settle = null
    clearTimeout(request.timer)
    this.requests.delete(request)
    this.waiting.delete(request)
    if (request.unanswered > 0) {
      this.queue.remove(request.owner, (queued) => queued.request === request)
    }
    this.notifyIdle()
    return settle
  }

  private notifyIdle(): void {
    if (this.requests.size > 0 || this.runs.size > 0) return
    this.delayTimer.clear()
    for (const wake of this.idleWaiters.splice(0)) wake()
  }

  private overdue({ arrivedMs }: Request): ProtocolError {
    // The request's own timeout: the configured one may have changed since.
    const seconds = Math.round((this.now() - arrivedMs) / 100) / 10
    return new ProtocolError(
      'timeout',
      message('run.timeout', { seconds, requests: this.requests.size }),
    )
  }
}

function addStages(request: Request, timing: StageTiming, batchSize: number): void {
  request.stages.preprocessMs += timing.preprocessMs
  request.stages.inferenceMs += timing.inferenceMs
  request.stages.postprocessMs += timing.postprocessMs
  request.batchSize = Math.max(request.batchSize, batchSize)
}

/** Microsecond precision keeps replies short. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000
