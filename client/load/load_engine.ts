/** Sends the requests of a load test: as many connections as requests in flight, each sends the next when the last is answered. */
import { Histogram } from '../../protocol/histogram.ts'
import {
  hasTooManyErrors,
  ERROR_WINDOW,
  type LoadMessage,
  type LoadPlan,
  type LoadReport,
  type LoadTick,
  type StepResult,
} from './load_plan.ts'

/** Connections are open and caches warm after this; what is answered in it is not counted. */
const WARM_UP_MS = 500
const TICK_MS = 250
/** Longer than any request_timeout in use; then the request counts as `late`. */
const ANSWER_MS_MAX = 60_000
/** What is in flight at the end of a step may still be answered. */
const DRAIN_MS_MAX = 5000
/** A timer of this interval that comes so much late on average says that the generator has no time left. */
const LAG_MS_MAX = 30

export interface LoadProgress extends LoadReport {
  /** The step that runs, so far. */
  current: StepResult | null
}

interface EngineOptions {
  openSocket: (url: string) => WebSocket
  onProgress: (progress: LoadProgress) => void
}

/** Resolves with the report when the plan is done or `signal` has stopped it. Every socket is closed then. */
export async function runLoad(
  plan: LoadPlan,
  signal: AbortSignal,
  { openSocket, onProgress }: EngineOptions,
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
  signal.addEventListener('abort', () => end('by hand'))
  if (signal.aborted) end('by hand')
  const report = (): LoadReport => ({
    steps: [...done],
    ticks: [...ticks],
    stopped,
    isGeneratorSlow: lags.length > 0 && mean(lags) > LAG_MS_MAX,
  })
  const beganMs = performance.now()
  let answersAtTick = 0
  let tickMs = beganMs

  for (const concurrency of plan.steps) {
    if (stop.signal.aborted) break
    const step = new Step(concurrency)
    const ticker = setInterval(() => {
      const nowMs = performance.now()
      lags.push(Math.max(0, nowMs - tickMs - TICK_MS))
      const answers = done.reduce((sum, one) => sum + one.answers, 0) + step.histogram.count
      const perSecond = ((answers - answersAtTick) / (nowMs - tickMs)) * 1000
      ticks.push({ atMs: nowMs - beganMs, perSecond: Math.max(0, perSecond) })
      answersAtTick = answers
      tickMs = nowMs
      onProgress({ ...report(), current: step.result() })
    }, TICK_MS)
    const note = (isGood: boolean) => {
      outcomes.push(isGood)
      if (outcomes.length > ERROR_WINDOW * 2) outcomes.splice(0, ERROR_WINDOW)
      if (hasTooManyErrors(outcomes)) end('errors')
    }
    try {
      await runStep(plan, step, { openSocket, note, end, signal: stop.signal })
    } finally {
      clearInterval(ticker)
    }
    if (step.hasBegun) done.push(step.result())
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

  constructor(concurrency: number) {
    this.concurrency = concurrency
  }

  get hasBegun(): boolean {
    return this.beganMs !== null
  }

  begin(): void {
    this.beganMs = performance.now()
  }

  end(): void {
    this.endedMs ??= performance.now()
  }

  noteAnswer(ms: number): void {
    if (!this.isCounting) return
    this.histogram.add(ms)
    this.maxMs = Math.max(this.maxMs, ms)
  }

  /** Only what is answered between begin and end counts towards the throughput. */
  get isCounting(): boolean {
    return this.beganMs !== null && this.endedMs === null
  }

  result(): StepResult {
    const { histogram, concurrency, maxMs } = this
    const { count } = histogram
    // A percentile is exact to 1 %, the maximum wholly.
    const atMostMax = (share: number) =>
      count === 0 ? null : Math.min(maxMs, histogram.percentile(share) ?? maxMs)
    const seconds =
      this.beganMs === null
        ? 0
        : Math.max(0.001, ((this.endedMs ?? performance.now()) - this.beganMs) / 1000)
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
  openSocket: (url: string) => WebSocket
  note: (isGood: boolean) => void
  end: (why: LoadReport['stopped']) => void
  signal: AbortSignal
}

async function runStep(plan: LoadPlan, step: Step, context: StepContext): Promise<void> {
  const { signal } = context
  const over = new AbortController()
  const clients = Array.from({ length: step.result().concurrency }, () =>
    runClient(plan, step, { ...context, over: over.signal }),
  )
  // A client ends early only when the connection is lost.
  const allLost = Promise.all(clients)
  await Promise.race([wait(WARM_UP_MS, signal), allLost])
  step.begin()
  await Promise.race([wait(plan.stepMs, signal), allLost])
  step.end()
  over.abort()
  await allLost
  if (step.histogram.count === 0 && Object.keys(step.errors).length === 0) {
    context.end('no connection')
  }
}

interface ClientContext extends StepContext {
  /** No new request from then on. */
  over: AbortSignal
}

/** Resolves when it is over and the last request is answered, given up, or the connection lost. */
async function runClient(
  { url, message }: LoadPlan,
  step: Step,
  { openSocket, note, over, signal }: ClientContext,
): Promise<void> {
  const socket = openSocket(url)
  const isOver = () => over.aborted || signal.aborted
  try {
    if (!(await opened(socket))) {
      if (!isOver()) fail(step, 'broken', note)
      return
    }
    while (!isOver()) {
      const id = crypto.randomUUID()
      const sentMs = performance.now()
      const wasCounting = step.isCounting
      socket.send(textOf(message, id))
      const answer = await answerTo(socket, id, over)
      if (answer === 'drained') return
      if (answer === null) {
        step.noteAnswer(performance.now() - sentMs)
        note(true)
      } else {
        // What fails in the warm-up fails for the same reason as all that follows.
        if (wasCounting || !step.hasBegun) fail(step, answer, note)
        else note(false)
        if (answer === 'broken') return
      }
    }
  } finally {
    socket.close()
  }
}

function fail(step: Step, code: string, note: (isGood: boolean) => void): void {
  step.errors[code] = (step.errors[code] ?? 0) + 1
  note(false)
}

let varied = 0

function textOf({ head, middle, tail, isVaried }: LoadMessage, id: string): string {
  // Six bytes as base64.
  const extra = isVaried ? (varied++ % 36 ** 8).toString(36).padStart(8, '0') : ''
  return `${head}${id}${middle}${extra}${tail}`
}

function opened(socket: WebSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true })
    socket.addEventListener('close', () => resolve(false), { once: true })
    socket.addEventListener('error', () => resolve(false), { once: true })
  })
}

/** null for an answer, else the code of the error; `drained` when the test was over for so long that nobody waits any more. */
function answerTo(socket: WebSocket, id: string, over: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const onMessage = (event: MessageEvent) => {
      const code = codeIn(String(event.data), id)
      if (code !== undefined) finish(code)
    }
    const onClose = () => finish('broken')
    const late = setTimeout(() => finish('late'), ANSWER_MS_MAX)
    let drained: ReturnType<typeof setTimeout> | undefined
    const drain = () => {
      drained = setTimeout(() => finish('drained'), DRAIN_MS_MAX)
    }
    function finish(outcome: string | null): void {
      clearTimeout(late)
      clearTimeout(drained)
      socket.removeEventListener('message', onMessage)
      socket.removeEventListener('close', onClose)
      over.removeEventListener('abort', drain)
      resolve(outcome)
    }
    if (over.aborted) drain()
    else over.addEventListener('abort', drain)
    socket.addEventListener('message', onMessage)
    socket.addEventListener('close', onClose)
  })
}

/** null: an answer to this request; a code: an error to it; undefined: neither. Its start is enough: answers can be large. */
function codeIn(text: string, id: string): string | null | undefined {
  if (text.includes('"type":"error"')) return /"code":"(\w+)"/.exec(text)?.[1] ?? 'error'
  return text.includes(id) ? null : undefined
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(finish, ms)
    function finish() {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    signal.addEventListener('abort', finish)
  })
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length
