/** R8, whole workstation: three backends with 64 outstanding requests each, and their health checks. */
import { merged } from './harness/histogram.ts'
import type { Picture } from './harness/load_plan.ts'
import { percentile, type Harness } from './harness/harness.ts'
import { format, type Row } from './harness/row.ts'
import { startBackend, type ServerProcess } from './harness/server_process.ts'

/** Outstanding requests per backend. */
const OUTSTANDING = 64
const INTERVAL_MS = 20
/** Fills caches and allocators before the memory baseline. */
const SETTLE_MS = 3000

export async function measureThreeBackends(harness: Harness): Promise<Row[]> {
  // Cores are divided, as Switchyard does.
  const threads = Math.max(1, Math.floor(harness.cores / 3))
  const workloads: Record<string, Picture[]> = {
    emotion: harness.pictures.small,
    // Single pictures: same faces, but another kind of result.
    fatigue: harness.pictures.small.map(({ bytes }) => ({ bytes, expected: null })),
    eeg: [{ bytes: new Uint8Array(), expected: null, data: eegSignal() }],
  }
  const names = Object.keys(workloads)
  const servers: ServerProcess[] = []
  try {
    for (const name of names) servers.push(await startBackend(name, { threads, cache_size: 128 }))
    const windowMs = harness.either(6000, 30_000)
    const loads = servers.map((server, index) =>
      harness.closed({
        target: harness.target(server.url, { pictures: workloads[names[index] ?? ''] ?? [] }),
        clients: OUTSTANDING,
        windowMs: windowMs + SETTLE_MS,
        isWarm: true,
      }),
    )
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const before = servers.map((server) => server.usage().rssBytes)
    const probes = await Promise.all(
      servers.map(({ url }) =>
        harness.prober.call('probe', { url, intervalMs: INTERVAL_MS, durationMs: windowMs }),
      ),
    )
    const after = servers.map((server) => server.usage().rssBytes)
    const reports = await Promise.all(loads)
    const mebibytes = (bytes: number | undefined) => format((bytes ?? NaN) / 1024 ** 2)
    const notes = names.map((name, index) => {
      const report = reports[index]
      const probe = probes[index]
      if (report === undefined || probe === undefined) return name
      return `${name}: ${format(report.perSecond)} answers/s, p99 ${format(percentile(report, 0.99))} ms, errors ${JSON.stringify(report.errors)}; pong p99 ${format(percentile(probe, 0.99))} ms of ${merged([probe.latency]).count}; ${mebibytes(before[index])} MiB, at the end ${mebibytes(after[index])} MiB`
    })
    const lost = reports.reduce((total, report) => total + report.lost, 0)
    const errors = reports.flatMap((report) => Object.values(report.errors))
    return [
      {
        id: 'R8',
        measure: 'three backends together: pong',
        definition: `pong p99 of the slowest of three, ${OUTSTANDING} requests outstanding at each`,
        value: Math.max(...probes.map((probe) => percentile(probe, 0.99))),
        unit: 'ms',
        gate: { atMost: 20 },
        notes,
      },
      {
        id: 'R8',
        measure: 'three backends together: lost or refused',
        definition: 'requests without an answer, or with an error',
        value: lost + errors.reduce((total, count) => total + count, 0),
        unit: 'requests',
        gate: { atMost: 0 },
        notes: [],
      },
    ]
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

const RATE_HZ = 250
const SECONDS = 8

/** Two channels of a 10 Hz rhythm in microvolts with deterministic noise. */
function eegSignal(): Record<string, unknown> {
  let state = 1
  const noise = () => {
    state = (state * 16_807) % 2_147_483_647
    return (state / 2_147_483_647 - 0.5) * 20
  }
  const rows = Array.from({ length: RATE_HZ * SECONDS }, (_, index) => {
    const wave = 20 * Math.sin((2 * Math.PI * 10 * index) / RATE_HZ)
    return [wave + noise(), wave + noise()].map((value) => Math.round(value * 100) / 100)
  })
  return { eeg_signal: rows, sampling_rate: RATE_HZ }
}
