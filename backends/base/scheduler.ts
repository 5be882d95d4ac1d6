/** Bounded queue and batcher of one backend. Decides what runs when; the worker runs it and the server carries replies. */
import type { Timing } from '../../protocol/backend.ts'
import { messageOf, ProtocolError } from '../../protocol/errors.ts'
import type { WorkItem, InferenceResult, Outcome, StageTiming } from './backend.ts'
import { FairQueue } from '../../server/fair_queue.ts'

/** Runs one batch; the outcomes come back in the order of the items. */
export type RunBatch = (
  items: WorkItem[],
) => Promise<{ results: Outcome<InferenceResult>[]; timing: StageTiming }>

export interface SchedulerLimits {
  batchSizeMax: number
  /** Requests that may wait to be run. */
  queueLimit: number
  /** Batches in progress at the same time; read each time, since workers are added after the first is ready. */
  pipelineDepth: () => number
  /** How long a batch that is not full waits for more while another one runs; 0 = not at all. */
  queueDelayMsMax: number
  requestTimeoutMs: number
}

export interface RequestOutcome {
  /** One outcome an item, in the order given. */
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
  /** Those of `requests` of which no item was handed to the worker. */
  private readonly waiting = new Set<Request>()
  private readonly queue = new FairQueue<QueuedItem>()
  /** When each batch that runs was handed over, monotonic ms; by nothing but itself. */
  private readonly runs = new Set<{ sinceMs: number }>()
  private requestTimeoutMs: number
  private delayTimer: NodeJS.Timeout | null = null
  private idleWaiters: (() => void)[] = []

  /** `now` is monotonic milliseconds. */
  constructor(limits: SchedulerLimits, runBatch: RunBatch, now: () => number) {
    this.limits = limits
    this.runBatch = runBatch
    this.now = now
    this.requestTimeoutMs = limits.requestTimeoutMs
  }

  /** Requests of which no item runs yet. */
  get queueDepth(): number {
    return this.waiting.size
  }

  /**
   * Milliseconds by which the oldest run has outlasted the deadline of its requests, which are answered by then; 0 while
   * none has. A thread that hangs is known by this alone.
   */
  get stalledMs(): number {
    const since = Math.min(...[...this.runs].map(({ sinceMs }) => sinceMs))
    return Math.max(0, this.now() - since - this.requestTimeoutMs)
  }

  /** For requests that come from now on. */
  setRequestTimeout(timeoutMs: number): void {
    this.requestTimeoutMs = timeoutMs
  }

  /** Requests accepted and not answered. */
  get inFlight(): number {
    return this.requests.size
  }

  /**
   * Accepts a request and answers when all its items are done.
   * Rejects with ProtocolError `queue_full` immediately when the queue is at its limit, `timeout` when the deadline passes first,
   * `cancelled`, or `internal` when the worker broke.
   */
  submit(owner: object, id: string, items: WorkItem[], arrivedMs: number): Promise<RequestOutcome> {
    const waiting = this.queueDepth
    if (waiting >= this.limits.queueLimit) {
      return Promise.reject(
        new ProtocolError(
          'queue_full',
          `${waiting} requests are already waiting (queue_limit ${this.limits.queueLimit}); send fewer concurrently or retry later`,
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
        timer: setTimeout(() => {
          this.fail(request, this.overdue(request))
        }, this.requestTimeoutMs),
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

  /** Answers a waiting or running request with `cancelled`. False when there is none of that id. */
  cancel(owner: object, id: string): boolean {
    for (const request of this.requests) {
      if (request.owner === owner && request.id === id) {
        this.fail(request, new ProtocolError('cancelled', `request "${id}" was cancelled`))
        return true
      }
    }
    return false
  }

  /** Drops what a closed connection still had waiting; nobody is left to read the answer. */
  abandon(owner: object): void {
    for (const request of [...this.requests]) {
      if (request.owner === owner) {
        this.fail(request, new ProtocolError('cancelled', 'the connection closed'))
      }
    }
  }

  /** Answers everything that is left with `error`, such as the loss of the worker. */
  failAll(error: ProtocolError): void {
    for (const request of [...this.requests]) this.fail(request, error)
  }

  /** Resolves when nothing is in flight and no batch runs. */
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

  /** An idle worker takes what is there; beside a running batch, a small one may wait a little to grow. */
  private waitsForMore(): boolean {
    const { queueDelayMsMax, batchSizeMax } = this.limits
    const [oldest] = this.waiting
    if (queueDelayMsMax === 0 || oldest === undefined || this.runs.size === 0) return false
    if (this.queue.length >= batchSizeMax) return false
    const leftMs = oldest.arrivedMs + queueDelayMsMax - this.now()
    if (leftMs <= 0) return false
    this.delayTimer ??= setTimeout(() => {
      this.delayTimer = null
      this.dispatch()
    }, leftMs)
    return true
  }

  private async run(batch: QueuedItem[]): Promise<void> {
    try {
      const { results, timing } = await this.runBatch(batch.map(({ item }) => item))
      for (const request of new Set(batch.map((queued) => queued.request))) {
        addStages(request, timing, batch.length)
      }
      batch.forEach(({ request, index }, place) => {
        const outcome =
          results[place] ?? new ProtocolError('internal', 'the model answered too few items')
        this.note(request, index, outcome)
      })
    } catch (cause) {
      const error =
        cause instanceof ProtocolError
          ? cause
          : new ProtocolError('internal', `inference failed: ${messageOf(cause)}`, { cause })
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
        // Waiting of every kind (queue, worker, hand-over): what the stages do not explain.
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

  /** Takes the request out of every list; its later outcomes fall on the floor. Null when it was settled before. */
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
    if (this.delayTimer !== null) clearTimeout(this.delayTimer)
    this.delayTimer = null
    for (const wake of this.idleWaiters.splice(0)) wake()
  }

  private overdue({ arrivedMs }: Request): ProtocolError {
    // That of the request: the configured one may have changed since.
    const seconds = Math.round((this.now() - arrivedMs) / 100) / 10
    return new ProtocolError(
      'timeout',
      `no answer within ${seconds} s (request_timeout); ${this.requests.size} requests are in flight`,
    )
  }
}

/** Items of one request in the same batch share its stage times: a batch counts once for each request in it. */
function addStages(request: Request, timing: StageTiming, batchSize: number): void {
  request.stages.preprocessMs += timing.preprocessMs
  request.stages.inferenceMs += timing.inferenceMs
  request.stages.postprocessMs += timing.postprocessMs
  request.batchSize = Math.max(request.batchSize, batchSize)
}

/** Microseconds are enough for a person and keep the reply short. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000
