import type { Latency } from './backend.ts'
import { Histogram } from './histogram.ts'

export const LATENCY_WINDOW_S = 60
const SLICES = 6
const SLICE_MS = (LATENCY_WINDOW_S * 1000) / SLICES

export class LatencyWindow {
  private slices: { beganMs: number; latencies: Histogram }[] = []

  add(nowMs: number, latencyMs: number): void {
    let slice = this.slices.at(-1)
    if (slice === undefined || nowMs - slice.beganMs >= SLICE_MS) {
      slice = { beganMs: nowMs, latencies: new Histogram() }
      this.slices = [...this.slices, slice].slice(-SLICES)
    }
    slice.latencies.add(latencyMs)
  }

  /** Covers the slices that began in the last 60 s before `nowMs`; null without values. */
  percentiles(nowMs: number): Latency | null {
    const recent = this.slices.filter(({ beganMs }) => beganMs >= nowMs - LATENCY_WINDOW_S * 1000)
    if (recent.length === 0) return null
    const all = recent.map(({ latencies }) => latencies).reduce((sum, one) => sum.merge(one))
    return all.percentiles()
  }
}
