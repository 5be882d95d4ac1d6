/** Load test engine: steps of concurrent requests with warm-up, latencies and errors. */
import { Histogram } from '../../protocol/histogram.ts'
import { Disposables } from '../../protocol/disposables.ts'
import { REAL_CLOCK, sleep, type Clock } from '../clock.ts'
import type { Outcome } from '../outcome.ts'
import type { LoadConnection } from './load_connection.ts'
import { closedLoop, type Ended } from './load_loops.ts'
import {
  hasTooManyErrors,
  ERROR_WINDOW,
  type LoadPlan,
  type LoadReport,
  type LoadTick,
  type StepResult,
} from './load_plan.ts'

const TICK_MS = 250
/** Grace for requests in flight at the end of a step. */
const DRAIN_MS_MAX = 5000
/** An average timer delay above this means a saturated generator. */
const LAG_MS_MAX = 30

export interface LoadProgress extends LoadReport {
  current: StepResult | null
}

interface LoadOptions {
  /** Rejects on failure or abort. */
  open(signal: AbortSignal): Promise<LoadConnection>
  onProgress?(progress: LoadProgress): void
  clock?: Clock
}

/** Resolves when the plan is done or `signal` aborts, after closing all connections. */
export async function runLoad(
  plan: LoadPlan,
  signal: AbortSignal,
  { open, onProgress, clock = REAL_CLOCK }: LoadOptions,
): Promise<LoadReport> {
  const done: StepResult[] = []
  const ticks: LoadTick[] = []
  const outcomes: boolean[] = []
  const lags: number[] = []
  const stop = new AbortController()
  let stopped: LoadReport['stopped'] = null
  const end = (why: LoadReport['stopped']) => {
    stopped ??= why
    stop.abort()
  }
  const report = (): LoadReport => ({
    steps: [...done],
    ticks: [...ticks],
    stopped,
    isGeneratorSlow: lags.length > 0 && mean(lags) > LAG_MS_MAX,
  })
  const beganMs = clock.now()
  let answersAtTick = 0
  let tickMs = beganMs

  const opened = new Disposables()
  opened.onAbort(signal, () => end('by hand'))
  try {
    for (const concurrency of plan.steps) {
      if (stop.signal.aborted) break
      const step = new Step(concurrency, clock)
      const stopTicks = every(clock, TICK_MS, () => {
        const nowMs = clock.now()
        lags.push(Math.max(0, nowMs - tickMs - TICK_MS))
        const answers = done.reduce((sum, one) => sum + one.answers, 0) + step.histogram.count
        const perSecond = ((answers - answersAtTick) / (nowMs - tickMs)) * 1000
        ticks.push({ atMs: nowMs - beganMs, perSecond: Math.max(0, perSecond) })
        answersAtTick = answers
        tickMs = nowMs
        onProgress?.({ ...report(), current: step.result() })
      })
      const note = (isGood: boolean) => {
        outcomes.push(isGood)
        if (outcomes.length > ERROR_WINDOW * 2) outcomes.splice(0, ERROR_WINDOW)
        if (plan.stopsOnErrors && hasTooManyErrors(outcomes)) end('errors')
      }
      try {
        await runStep(plan, step, { open, clock, note, end, signal: stop.signal })
      } finally {
        stopTicks()
      }
      if (step.hasBegun) done.push(step.result())
    }
  } finally {
    await opened.dispose()
  }
  return report()
}

class Step {
  readonly histogram = new Histogram()
  readonly errors: Record<string, number> = {}
  private maxMs = 0
  private beganMs: number | null = null
  private endedMs: number | null = null
  private readonly concurrency: number
  private readonly clock: Clock

  constructor(concurrency: number, clock: Clock) {
    this.concurrency = concurrency
    this.clock = clock
  }

  get hasBegun(): boolean {
    return this.beganMs !== null
  }

  begin(): void {
    this.beganMs = this.clock.now()
  }

  end(): void {
    this.endedMs ??= this.clock.now()
  }

  noteAnswer(ms: number): void {
    if (!this.isCounting) return
    this.histogram.add(ms)
    this.maxMs = Math.max(this.maxMs, ms)
  }

  fail(code: string, note: (isGood: boolean) => void): void {
    this.errors[code] = (this.errors[code] ?? 0) + 1
    note(false)
  }

  /** Errors during warm-up count too, since they persist. */
  counts(sentAtMs: number): boolean {
    return this.beganMs === null || sentAtMs >= this.beganMs
  }

  /** Only replies within the step count as throughput. */
  get isCounting(): boolean {
    return this.beganMs !== null && this.endedMs === null
  }

  result(): StepResult {
    const { histogram, concurrency, maxMs } = this
    const { count } = histogram
    // A percentile is exact to 1 %, the maximum fully.
    const atMostMax = (share: number) =>
      count === 0 ? null : Math.min(maxMs, histogram.percentile(share) ?? maxMs)
    const seconds =
      this.beganMs === null
        ? 0
        : Math.max(0.001, ((this.endedMs ?? this.clock.now()) - this.beganMs) / 1000)
    return {
      concurrency,
      seconds,
      answers: count,
      errors: { ...this.errors },
      perSecond: seconds === 0 ? 0 : count / seconds,
      p50: atMostMax(0.5),
      p95: atMostMax(0.95),
      p99: atMostMax(0.99),
      maxMs,
    }
  }
}

interface StepContext {
  open: LoadOptions['open']
  clock: Clock
  note: (isGood: boolean) => void
  end: (why: LoadReport['stopped']) => void
  signal: AbortSignal
}

async function runStep(plan: LoadPlan, step: Step, context: StepContext): Promise<void> {
  const { open, clock, note, signal } = context
  const { concurrency } = step.result()
  const opening = Array.from({ length: concurrency }, () => open(signal))
  const connections: LoadConnection[] = []
  for (const opened of await Promise.allSettled(opening)) {
    if (opened.status === 'fulfilled') connections.push(opened.value)
    else if (!signal.aborted) step.fail('broken', note)
  }
  const over = new AbortController()
  const opened = new Disposables()
  opened.onAbort(signal, () => over.abort())
  const warm = new Set<number>()
  let endWarmUp: () => void = () => undefined
  const firstRequests = new Promise<void>((resolve) => {
    endWarmUp = resolve
  })
  const drained = new AbortController()
  const loop = closedLoop(connections, {
    clock,
    over: over.signal,
    onEnd: (ended) => {
      if (!drained.signal.aborted) judge(step, ended, over.signal.aborted, note)
      if (warm.add(ended.connection).size === connections.length) endWarmUp()
    },
  })
  try {
    // The loop ends early only when every connection is lost.
    const warmUp =
      plan.warmUp === 'first request' ? firstRequests : sleep(clock, plan.warmUp, over.signal)
    await Promise.race([warmUp, loop])
    step.begin()
    await Promise.race([sleep(clock, plan.stepMs, over.signal), loop])
    over.abort()
    if (plan.countsDrain) await loop
    step.end()
    await Promise.race([loop, sleep(clock, DRAIN_MS_MAX, drained.signal)])
  } finally {
    drained.abort()
    await opened.dispose()
    await Promise.all(connections.map((connection) => connection.close()))
  }
  if (step.histogram.count === 0 && Object.keys(step.errors).length === 0) {
    context.end('no connection')
  }
}

function judge(
  step: Step,
  { sentAtMs, latencyMs, outcome }: Ended<Outcome>,
  isOver: boolean,
  note: (isGood: boolean) => void,
): void {
  const code = codeOf(outcome)
  if (code === null) {
    step.noteAnswer(latencyMs)
    note(true)
  } else if (code === 'broken' && isOver) {
    // The test was stopped.
  } else if (step.counts(sentAtMs)) step.fail(code, note)
  else note(false)
}

function codeOf(outcome: Outcome): string | null {
  switch (outcome.phase) {
    case 'answered':
      return null
    case 'refused':
      return outcome.reply.code ?? 'error'
    case 'broken':
      return outcome.code === 'timeout' ? 'late' : 'broken'
  }
}

function every(clock: Clock, intervalMs: number, act: () => void): () => void {
  let stop: () => void
  const next = () => {
    stop = clock.after(intervalMs, () => {
      next()
      act()
    })
  }
  next()
  return () => stop()
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length
