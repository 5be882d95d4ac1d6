import type { Pong } from '../../protocol/backend.ts'
import type { Sample } from '../../protocol/control.ts'

export const HISTORY_MS = 5 * 60_000
/** Five minutes at the shortest health interval (0.2 s). */
const SAMPLES_MAX = 1500

export class History {
  private samples: Sample[] = []
  private last: { timeMs: number; requests: number } | null = null

  add(time: number, pong: Pong, pongMs: number): Sample {
    return this.push({
      time,
      latency_ms: pong.stats?.latency_ms ?? null,
      requests_per_s: this.rate(time, pong),
      rss_bytes: pong.memory?.rss_bytes ?? null,
      in_flight: pong.in_flight ?? 0,
      queue_depth: pong.queue_depth ?? 0,
      pong_ms: pongMs,
    })
  }

  rate(time: number, pong: Pong): number {
    const requests = pong.stats?.requests ?? 0
    const elapsedS = this.last === null ? 0 : (time - this.last.timeMs) / 1000
    const answered = this.last === null ? 0 : Math.max(0, requests - this.last.requests)
    this.last = { timeMs: time, requests }
    return elapsedS > 0 ? answered / elapsedS : 0
  }

  restart(): void {
    this.last = null
  }

  all(): Sample[] {
    return [...this.samples]
  }

  private push(sample: Sample): Sample {
    const oldest = sample.time - HISTORY_MS
    this.samples = this.samples.filter(({ time }) => time >= oldest).slice(1 - SAMPLES_MAX)
    this.samples.push(sample)
    return sample
  }
}
