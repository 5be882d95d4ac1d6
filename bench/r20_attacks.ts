/**
 * R20: health check latency of another client under costly-to-parse messages, through the gateway and directly.
 * Attack and health checks run in separate processes.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { endPanels, startHeadless } from '../testing/headless.ts'
import { freePort, startNode } from '../testing/processes.ts'
import { connect } from '../testing/wire_client.ts'
import { programFile } from './harness/bundle.ts'
import type { Row } from './harness/row.ts'

const ATTACKS = [
  'keys 12 MB',
  'keys 30 MB',
  'keys 60 MB',
  'keys 100 MB',
  'numbers 30 MB',
  'numbers 100 MB',
  'strings 100 MB',
  'accepted numbers 99 MB',
  'recording 34 MB',
  'one string 99 MB',
  'one string 99 MB, not ASCII',
  'reply 90 MB',
  'arrays 6 MB',
  'pipelined 16 x 20 MB',
  'pipelined 24 x 26 MB',
  'health checks, never read',
]
const INTERVAL_MS = 10
/** From the first byte of the attack until all messages are answered, or for this long. */
const WATCHED_MS_MAX = 40_000
/** Clients that never read have no reply to wait for. */
const NEVER_READ_MS = 6000

export async function measureAttacks(onRow: (row: Row) => void = () => undefined): Promise<Row[]> {
  const [port, largePort] = [await freePort(), await freePort()]
  const large = startNode([programFile('largeReply'), String(largePort)])
  await large.waitFor(/listening/)
  const external = { runtime: 'external', enabled: true, port: largePort }
  const config = { model_backends: { eeg: { enabled: true, port }, large: external } }
  const panel = await startHeadless(JSON.stringify(config))
  try {
    const { backends } = await panel.snapshotWhere(({ backends: all }) =>
      all.every(({ state }) => state === 'ready'),
    )
    const pid = backends.find(({ name }) => name === 'eeg')?.pid ?? null
    const rows: Row[] = []
    for (const attack of ATTACKS) {
      const isReply = attack.startsWith('reply')
      const gateway = {
        way: 'gateway',
        url: `${panel.ws}/backends/${isReply ? 'large' : 'eeg'}`,
        watchedUrl: `${panel.ws}/backends/eeg`,
        pid: panel.process.pid,
      }
      const url = `ws://127.0.0.1:${port}`
      const backend = { way: 'backend', url, watchedUrl: url, pid }
      for (const place of isReply ? [gateway] : [gateway, backend]) {
        const row = await measure(attack, place)
        onRow(row)
        rows.push(row)
      }
    }
    return rows
  } finally {
    await endPanels()
  }
}

interface Place {
  way: string
  url: string
  /** Target of the health checks. */
  watchedUrl: string
  pid: number | null
}

async function measure(attack: string, { way, url, watchedUrl, pid }: Place): Promise<Row> {
  const client = await connect(watchedUrl)
  await client.ask({ type: 'health_check' })
  const idleMs = await longestOf(client, 1000, () => false)
  const attacker = startNode([programFile('attack'), url, attack])
  await attacker.waitFor(/begun/)
  const watchedMs = attack.includes('never read') ? NEVER_READ_MS : WATCHED_MS_MAX
  const longestMs = await longestOf(client, watchedMs, () => attacker.output().includes('done\n'))
  const answer = /answer (.*)/.exec(attacker.output())?.[1] ?? 'no answer'
  const rssMiB = pid === null ? null : rssOf(pid)
  attacker.signal('SIGKILL')
  await client.close()
  await delay(1000)
  return {
    id: 'R20',
    measure: `${attack}, ${way}`,
    definition: 'longest health check of another client',
    value: longestMs,
    unit: 'ms',
    gate: { atMost: 100 },
    notes: [
      `${idleMs.toFixed(0)} ms without the attack; ${rssMiB ?? '?'} MiB RSS after it; ${answer}`,
    ],
  }
}

type Client = Awaited<ReturnType<typeof connect>>

async function longestOf(
  client: Client,
  durationMs: number,
  isOver: () => boolean,
): Promise<number> {
  let longestMs = 0
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs && !isOver()) {
    const askedMs = performance.now()
    await client.ask({ type: 'health_check' })
    longestMs = Math.max(longestMs, performance.now() - askedMs)
    await delay(INTERVAL_MS)
  }
  return longestMs
}

function rssOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
