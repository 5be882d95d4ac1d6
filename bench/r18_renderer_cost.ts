/**
 * R18: idle cost of the open panel: main thread milliseconds per second, with few and with many backends. All are
 * external, served by this process, with changing values.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startExternalBackend } from '../testing/external_backend.ts'
import { endStarted, startNode, temporaryConfig } from '../testing/processes.ts'
import { openTraced } from './harness/browser.ts'
import { format, type Row } from './harness/row.ts'
import type { Harness } from './harness/harness.ts'

/** Backends, and the work in ms/s that is accepted. */
const COUNTS = [
  [3, 20],
  [40, 60],
] as const
/** Sparklines need samples of half a minute. */
const SETTLE_MS = 40_000

export async function measureRendererCost(harness: Pick<Harness, 'either'>): Promise<Row[]> {
  const rows: Row[] = []
  for (const [count, atMost] of COUNTS) {
    rows.push({ ...(await costRow(count, harness.either(10_000, 20_000))), gate: { atMost } })
  }
  return rows
}

async function costRow(count: number, windowMs: number): Promise<Row> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const servers = await Promise.all(
    numbers.map((number) => startExternalBackend(() => pongOf(number))),
  )
  const { file, remove } = temporaryConfig(
    JSON.stringify({
      model_backends: Object.fromEntries(
        servers.map(({ port }, index) => [
          `backend-${index + 1}`,
          { runtime: 'external', port, enabled: true },
        ]),
      ),
    }),
  )
  const args = ['--headless', '--port', '0', '--no-open', '--config', file]
  const program = startNode(['scripts/start.mjs', ...args])
  try {
    const [, address = ''] = await program.waitFor(/Panel: (http:\S+)/)
    const traced = await openTraced(address)
    if (traced === null) return costRowOf(count, null, 'there is no Chromium on this machine')
    try {
      await delay(SETTLE_MS)
      const work = await traced.workDuring(() => delay(windowMs))
      const perSecond = (seconds: number) => (seconds * 1000) / (windowMs / 1000)
      const parts = Object.entries(work).map(
        ([name, seconds]) => `${name} ${format(perSecond(seconds))}`,
      )
      return costRowOf(count, perSecond(work.task), `ms/s: ${parts.join(', ')}`)
    } finally {
      await traced.close()
    }
  } finally {
    await endStarted()
    for (const server of servers) server.close()
    remove()
  }
}

const costRowOf = (count: number, value: number | null, note: string): Row => ({
  id: 'R18',
  measure: `renderer cost, ${count} backends`,
  definition: "work of the page's main thread a second, backends view open and untouched",
  value,
  unit: 'ms/s',
  notes: [note],
})

/** Each backend has request counts and latencies in its own range. */
function pongOf(number: number) {
  const seconds = Math.floor(Date.now() / 1000)
  const p50 = 20 + number + (seconds % 7)
  return {
    type: 'pong',
    status: 'healthy',
    model_loaded: true,
    provider: 'CPU',
    in_flight: seconds % 3,
    queue_depth: seconds % 2,
    memory: { rss_bytes: (100 + number + (seconds % 5)) * 1024 ** 2 },
    stats: {
      requests: seconds * number,
      errors: 0,
      latency_ms: { p50, p95: p50 * 2, p99: p50 * 3 },
    },
  }
}
