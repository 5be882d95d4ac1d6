/** Counts the replies of one window and compares each with the raw output. */
import type { Expected, LoadReport, Picture } from '../harness/load_plan.ts'
import { newHistogram } from '../harness/histogram.ts'
import type { Ended } from '../../client/load/load_loops.ts'
import type { BenchOutcome } from './load_connections.ts'

/** Another summation order (a batch, another thread count) changes the fourth digit. */
const PROBABILITY_TOLERANCE = 0.01
const MISMATCHES_KEPT = 5

export class Tally {
  /** Including earlier windows. */
  private readonly overall: { mismatches: string[]; lost: number }
  private readonly pictures: readonly Picture[]
  private readonly latency = newHistogram()
  private readonly rejection = newHistogram()
  private readonly errors: Record<string, number> = {}
  private readonly batchSizes: Record<number, number> = {}
  private readonly stageSums: Record<string, number> = {}
  private readonly perClient = new Map<number, { count: number; firstMs: number; lastMs: number }>()

  /** `before`: the previous window. */
  constructor(pictures: readonly Picture[], before?: Tally) {
    this.pictures = pictures
    this.overall = before?.overall ?? { mismatches: [], lost: 0 }
  }

  get answers(): number {
    return this.latency.count
  }

  /** False unless it is a successful reply. */
  note({ connection, sentAtMs, latencyMs, outcome }: Ended<BenchOutcome>): boolean {
    if (outcome.phase === 'broken') {
      this.overall.lost++
      return false
    }
    if (outcome.phase === 'refused') {
      const { code = 'error' } = outcome.reply
      this.errors[code] = (this.errors[code] ?? 0) + 1
      if (code === 'queue_full') this.rejection.add(latencyMs)
      return false
    }
    this.latency.add(latencyMs)
    const { message, picture, isWhole, roundTripMs } = outcome
    const atMs = sentAtMs + roundTripMs
    const seen = this.perClient.get(connection) ?? { count: 0, firstMs: atMs, lastMs: atMs }
    this.perClient.set(connection, { ...seen, count: seen.count + 1, lastMs: atMs })
    this.noteTiming(message['timing'])
    const fault = isWhole
      ? this.faultOf(picture, message)
      : `the echo of picture ${picture} has another length`
    const { mismatches } = this.overall
    if (fault !== null && mismatches.length < MISMATCHES_KEPT && !mismatches.includes(fault)) {
      mismatches.push(fault)
    }
    return true
  }

  report(
    { seconds, cpuShare }: { seconds: number; cpuShare: number },
    counts: { sent: number; inTime: number },
  ): LoadReport {
    const { answers } = this
    return {
      seconds,
      cpuShare,
      ...counts,
      answers,
      perSecond: answers / seconds,
      latency: this.latency.counts,
      rejection: this.rejection.counts,
      errors: this.errors,
      ...this.overall,
      clientRates: [...this.perClient.values()].flatMap(({ count, firstMs, lastMs }) =>
        count >= 3 ? [((count - 1) * 1000) / (lastMs - firstMs)] : [],
      ),
      batchSizes: this.batchSizes,
      stages: Object.fromEntries(
        Object.entries(this.stageSums).map(([stage, total]) => [stage, total / answers]),
      ),
    }
  }

  private noteTiming(timing: unknown): void {
    if (typeof timing !== 'object' || timing === null) return
    const { batch_size: size, ...stages } = timing as Record<string, number>
    if (size !== undefined) this.batchSizes[size] = (this.batchSizes[size] ?? 0) + 1
    for (const [stage, ms] of Object.entries(stages)) {
      this.stageSums[stage] = (this.stageSums[stage] ?? 0) + ms
    }
  }

  private faultOf(picture: number, message: Record<string, unknown>): string | null {
    const expected = this.pictures[picture]?.expected ?? null
    if (expected?.classes !== undefined) {
      const best = bestClassOf(message)
      return expected.classes.includes(best)
        ? null
        : `picture ${picture}: class ${best} instead of one of ${expected.classes.join(', ')}`
    }
    const { data } = message
    if (data === undefined || expected === null) return null
    const fault = differenceOf(data as Record<string, unknown>, expected)
    return fault === null ? null : `picture ${picture}: ${fault}`
  }
}

/** Of our answer, or of a peer's list of pairs. */
function bestClassOf(message: Record<string, unknown>): number {
  const { data, prediction } = message as {
    data?: { top?: { index: number }[] }
    prediction?: [number, number][]
  }
  return data?.top?.[0]?.index ?? prediction?.[0]?.[0] ?? NaN
}

function differenceOf(served: Record<string, unknown>, expected: Expected): string | null {
  const { prediction, faces } = served
  if (prediction !== expected.prediction) {
    return `prediction ${String(prediction)} instead of ${expected.prediction}`
  }
  const count = Array.isArray(faces) ? faces.length : NaN
  if (count !== expected.faces) return `${count} faces instead of ${expected.faces}`
  const probabilities = (served['probabilities'] ?? {}) as Record<string, number>
  for (const [label, value] of Object.entries(expected.probabilities ?? {})) {
    const got = probabilities[label] ?? NaN
    if (!(Math.abs(got - value) <= PROBABILITY_TOLERANCE)) {
      return `probability of ${label} ${got} instead of ${value}`
    }
  }
  return null
}
