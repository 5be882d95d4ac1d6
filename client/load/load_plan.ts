/** What a load test does and what comes of it: plan, progress, when to stop, and where throughput stops paying. Pure. */

export const CONCURRENCY_MAX = 128

export interface LoadPlan {
  /** Requests in flight, one step after the other; a step has a connection for each. */
  steps: readonly number[]
  /** Of each step, after its warm-up. */
  stepMs: number
  /** What comes before is not counted: a time in ms, or the first request of each connection. */
  warmUp: number | 'first request'
  /** Whether requests that are in flight at the end of a step still count; the step is then longer by the wait for them. */
  countsDrain: boolean
  /** Ends the test when too many requests fail; see `hasTooManyErrors`. */
  stopsOnErrors: boolean
}

export interface StepResult {
  concurrency: number
  seconds: number
  answers: number
  /** By error code; `broken` for connections that closed, `late` for answers that did not come. */
  errors: Readonly<Record<string, number>>
  perSecond: number
  p50: number | null
  p95: number | null
  p99: number | null
  maxMs: number
}

/** One point of the live chart. */
export interface LoadTick {
  /** Since the start of the test. */
  atMs: number
  /** Of the last tick. */
  perSecond: number
}

export interface LoadReport {
  steps: readonly StepResult[]
  ticks: readonly LoadTick[]
  /** Why it ended before its plan; null: it did not. */
  stopped: 'by hand' | 'errors' | 'no connection' | null
  /** The generator itself was late: its values measure the browser, not the backend. */
  isGeneratorSlow: boolean
}

/** 1, 2, 4 .. up to and with the last. */
export function sweepSteps(max: number): number[] {
  const steps = []
  for (let step = 1; step < max; step *= 2) steps.push(step)
  return [...steps, max]
}

/** The slider is logarithmic: its places 0, 1, 2 .. stand for 1, 2, 3, 4, 6, 8, 12 .. 128. */
export const CONCURRENCIES = [
  1,
  2,
  3,
  4,
  6,
  8,
  12,
  16,
  24,
  32,
  48,
  64,
  96,
  CONCURRENCY_MAX,
] as const

/** Errors are judged over this many of the last outcomes. */
export const ERROR_WINDOW = 50
const ERROR_SHARE_MAX = 0.2

/** `outcomes`: true for an answer, newest last. A few failures at the very start prove nothing. */
export function hasTooManyErrors(outcomes: readonly boolean[]): boolean {
  const window = outcomes.slice(-ERROR_WINDOW)
  const failures = window.filter((isGood) => !isGood).length
  return window.length >= ERROR_WINDOW / 5 && failures / window.length >= ERROR_SHARE_MAX
}

/**
 * The step with the greatest power, throughput / p95: beyond it more load brings more waiting than answers (L. Kleinrock, "Power and
 * deterministic rules of thumb for probabilistic problems in computer communications", ICC 1979). Null unless it lies inside the sweep:
 * at its end the knee was not reached.
 */
export function kneeOf(steps: readonly StepResult[]): StepResult | null {
  const usable = steps.filter(({ p95, answers }) => p95 !== null && p95 > 0 && answers > 0)
  if (usable.length < 3) return null
  const power = ({ perSecond, p95 }: StepResult) => perSecond / (p95 ?? Infinity)
  const best = usable.reduce((a, b) => (power(b) > power(a) ? b : a))
  return best === usable.at(-1) ? null : best
}
