export const CONCURRENCY_MAX = 128

export interface LoadPlan {
  steps: readonly number[]
  stepMs: number
  /** Excluded from the results: milliseconds, or each connection's first request. */
  warmUp: number | 'first request'
  /** Count requests in flight at the end of a step, which extends the step. */
  countsDrain: boolean
  /** Stop on too many errors; see `hasTooManyErrors`. */
  stopsOnErrors: boolean
}

export interface StepResult {
  concurrency: number
  seconds: number
  answers: number
  /** By error code; `broken` for closed connections, `late` for missing replies. */
  errors: Readonly<Record<string, number>>
  perSecond: number
  p50: number | null
  p95: number | null
  p99: number | null
  maxMs: number
}

export interface LoadTick {
  atMs: number
  perSecond: number
}

export interface LoadReport {
  steps: readonly StepResult[]
  ticks: readonly LoadTick[]
  stopped: 'by hand' | 'errors' | 'no connection' | null
  /** The generator was late: its values measure the browser, not the backend. */
  isGeneratorSlow: boolean
}

/** 1, 2, 4 .. up to and including the maximum. */
export function sweepSteps(max: number): number[] {
  const steps = []
  for (let step = 1; step < max; step *= 2) steps.push(step)
  return [...steps, max]
}

/** Values of a logarithmic slider: 1, 2, 3, 4, 6, 8, 12 .. 128. */
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

export const ERROR_WINDOW = 50
const ERROR_SHARE_MAX = 0.2

/** `outcomes`: true for a reply, newest last. Ignores a few failures at the start. */
export function hasTooManyErrors(outcomes: readonly boolean[]): boolean {
  const window = outcomes.slice(-ERROR_WINDOW)
  const failures = window.filter((isGood) => !isGood).length
  return window.length >= ERROR_WINDOW / 5 && failures / window.length >= ERROR_SHARE_MAX
}

/**
 * The step with the greatest power, throughput / p95 (L. Kleinrock, "Power and deterministic rules of thumb for
 * probabilistic problems in computer communications", ICC 1979). Null at the end of the sweep.
 */
export function kneeOf(steps: readonly StepResult[]): StepResult | null {
  const usable = steps.filter(({ p95, answers }) => p95 !== null && p95 > 0 && answers > 0)
  if (usable.length < 3) return null
  const power = ({ perSecond, p95 }: StepResult) => perSecond / (p95 ?? Infinity)
  const best = usable.reduce((a, b) => (power(b) > power(a) ? b : a))
  return best === usable.at(-1) ? null : best
}
