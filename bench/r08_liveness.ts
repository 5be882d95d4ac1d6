/** R8: health check latency while every core is busy. */
import { percentileOf, type LatencyCounts } from './harness/histogram.ts'
import { interleave } from './harness/interleave.ts'
import { format, type Row } from './harness/row.ts'
import { withServer, type Harness } from './harness/harness.ts'
import { startEmotion } from './harness/server_process.ts'
import { rangeOf } from './harness/statistics.ts'

const INTERVAL_MS = 10

export async function measureLiveness(harness: Harness): Promise<Row[]> {
  return withServer(startEmotion(), async (server) => {
    const { clients } = await harness.capacity(server)
    const durationMs = harness.either(2500, 8000)
    const idle = () =>
      harness.prober.call('probe', { url: server.url, intervalMs: INTERVAL_MS, durationMs })
    const saturated = async () => {
      const windowMs = durationMs + SETTLE_MS
      const load = harness.closed({
        target: harness.target(server.url),
        clients,
        windowMs,
        isWarm: true,
      })
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      const pongs = await idle()
      await load
      return pongs
    }
    const rounds = await interleave(harness.rounds, saturated, idle)
    const busyPongs = rounds.flatMap(({ a }) => a.map(({ latency }) => latency))
    const idlePongs = rounds.flatMap(({ b }) => b.map(({ latency }) => latency))
    const p99 = (parts: LatencyCounts[]) => percentileOf(parts, 0.99)
    const ratios = rounds.map(
      ({ a, b }) => p99(a.map(({ latency }) => latency)) / p99(b.map(({ latency }) => latency)),
    )
    const p50s = [busyPongs, idlePongs].map((parts) => percentileOf(parts, 0.5))
    const notes = [
      `p99 ${format(p99(busyPongs))} ms saturated (${clients} clients), ${format(p99(idlePongs))} ms idle`,
      `p50 ${p50s.map(format).join(' and ')} ms; checked by a separate process every ${INTERVAL_MS} ms, and its waiting for a core is in it`,
    ]
    return [
      {
        id: 'R8',
        measure: 'liveness: ratio',
        definition: 'pong p99 while saturated / idle',
        value: p99(busyPongs) / p99(idlePongs),
        unit: '',
        spread: rangeOf(ratios),
        gate: { atMost: 3 },
        notes,
      },
      {
        id: 'R8',
        measure: 'liveness: pong while saturated',
        definition: 'pong p99 while saturated',
        value: p99(busyPongs),
        unit: 'ms',
        spread: rangeOf(rounds.map(({ a }) => p99(a.map(({ latency }) => latency)))),
        gate: { atMost: 20 },
        notes: [],
      },
    ]
  })
}

const SETTLE_MS = 500
