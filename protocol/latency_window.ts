/** Percentiles of the latest requests, over a sliding time window of bounded size. */
import type { Latency } from './backend.ts'

export const LATENCY_WINDOW_S = 60
const SAMPLES_MAX = 4096

export class LatencyWindow {
  private readonly times = new Float64Array(SAMPLES_MAX)
  private readonly values = new Float64Array(SAMPLES_MAX)
  private next = 0

  /** Notes a latency in ms at monotonic time `nowMs`. When full, the oldest sample goes. */
  add(nowMs: number, latencyMs: number): void {
    const slot = this.next % SAMPLES_MAX
    this.times[slot] = nowMs
    this.values[slot] = latencyMs
    this.next++
  }

  /** p50, p95 and p99 (nearest rank) of the last 60 s before `nowMs`; null when nothing was noted in them. */
  percentiles(nowMs: number): Latency | null {
    const filled = Math.min(this.next, SAMPLES_MAX)
    const recent = this.values
      .slice(0, filled)
      .filter((_, index) => (this.times[index] ?? 0) >= nowMs - LATENCY_WINDOW_S * 1000)
      .sort()
    if (recent.length === 0) return null
    const rank = (share: number) => recent[Math.max(0, Math.ceil(share * recent.length) - 1)] ?? 0
    return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) }
  }
}
