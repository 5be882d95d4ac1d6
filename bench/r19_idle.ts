/**
 * R19: what the control plane takes while three backends are ready and nobody sends anything: core-seconds a minute of its process and
 * of the programs that it ran meanwhile, without a panel, with a panel in a hidden window, and with one that is looked at.
 */
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Snapshot } from '../protocol/control.ts'
import { endStarted, freePort, startNode, temporaryConfig } from '../testing/processes.ts'
import { connect, type WireClient } from '../testing/wire_client.ts'
import type { Harness } from './harness/harness.ts'
import type { Row } from './harness/row.ts'

const BACKENDS = ['emotion', 'fatigue', 'eeg']
/** Starting and warming up do not count as idle. */
const SETTLE_MS = 10_000
const TICKS_PER_SECOND = 100

export async function measureIdle(harness: Pick<Harness, 'either'>): Promise<Row[]> {
  const windowMs = harness.either(20_000, 60_000)
  const sections = await Promise.all(
    BACKENDS.map(
      async (name) =>
        [name, { enabled: true, port: await freePort(), providers: ['cpu'] }] as const,
    ),
  )
  const config = { model_backends: Object.fromEntries(sections) }
  const { file, remove } = temporaryConfig(JSON.stringify(config))
  const args = ['--headless', '--port', '0', '--no-open', '--config', file]
  const plane = startNode(['scripts/start.mjs', ...args])
  try {
    const [, http = '', token = ''] = await plane.waitFor(/Panel: (http:\S+)\/\?token=(\S+)/)
    const url = `${http.replace('http:', 'ws:')}/control`
    const options = { headers: { authorization: `Bearer ${token}` } }
    const first = await connect(url, options)
    await allReady(first)
    await first.close()
    const closed = await coreSeconds(plane.pid, windowMs)
    const panel = new WebSocket(url, options)
    await once(panel, 'open')
    // Read as a page reads: nothing is left in the buffers.
    panel.on('message', () => undefined)
    const call = (id: number, method: string) => {
      panel.send(JSON.stringify({ id, method, params: {} }))
    }
    call(1, 'session.pause')
    const hidden = await coreSeconds(plane.pid, windowMs)
    call(2, 'session.resume')
    const shown = await coreSeconds(plane.pid, windowMs)
    panel.terminate()
    return [
      row('no panel', closed, windowMs),
      row('hidden panel', hidden, windowMs),
      row('open panel', shown, windowMs),
    ]
  } finally {
    await endStarted()
    remove()
  }
}

function row(what: string, seconds: number, windowMs: number): Row {
  const definition = 'CPU seconds a minute of the control plane with three idle backends'
  const value = Number.isFinite(seconds) ? (seconds * 60_000) / windowMs : null
  const notes = [`over ${windowMs / 1000} s; programs that it ran and waited for are included`]
  return { id: 'R19', measure: `idle: ${what}`, definition, value, unit: 's', notes }
}

async function coreSeconds(pid: number, windowMs: number): Promise<number> {
  await delay(SETTLE_MS)
  const before = usedSeconds(pid)
  await delay(windowMs)
  return usedSeconds(pid) - before
}

/** Of the process and of those of its children that have ended. Linux only: elsewhere NaN. */
function usedSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // utime, stime, cutime, cstime: fields 14 to 17 of the line.
    const ticks = fields.slice(11, 15).map(Number)
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
  } catch {
    return NaN
  }
}

async function allReady(panel: WireClient): Promise<void> {
  for (;;) {
    const { event, data } = await panel.next()
    if (event !== 'snapshot') continue
    const { backends } = data as Snapshot
    if (backends.length === BACKENDS.length && backends.every(({ state }) => state === 'ready')) {
      return
    }
  }
}
