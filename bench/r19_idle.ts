/**
 * R19: idle cost of Switchyard with three ready backends: core-seconds per minute of its process and child programs,
 * without a panel, with a hidden one, and with a visible one.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Snapshot } from '../protocol/control.ts'
import { endPanels, openControl, startHeadless } from '../testing/headless.ts'
import { freePort } from '../testing/processes.ts'
import type { Harness } from './harness/harness.ts'
import type { Row } from './harness/row.ts'

const BACKENDS = ['emotion', 'fatigue', 'eeg']
/** Excludes start and warm-up. */
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
  try {
    const panel = await startHeadless(JSON.stringify(config))
    await panel.snapshotWhere(areReady)
    panel.control.dispose()
    const { pid } = panel.process
    const closed = await coreSeconds(pid, windowMs)
    const control = await openControl(panel)
    await control.call('session.pause', {})
    const hidden = await coreSeconds(pid, windowMs)
    await control.call('session.resume', {})
    const shown = await coreSeconds(pid, windowMs)
    control.dispose()
    return [
      row('no panel', closed, windowMs),
      row('hidden panel', hidden, windowMs),
      row('open panel', shown, windowMs),
    ]
  } finally {
    await endPanels()
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

/** Of the process and its ended children. Linux only; NaN elsewhere. */
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

const areReady = ({ backends }: Snapshot) =>
  backends.length === BACKENDS.length && backends.every(({ state }) => state === 'ready')
