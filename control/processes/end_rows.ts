/** Ends processes, identified by pid and start time: graceful first, then by force. Reports those that cannot be ended. */
import { message, type Message } from '../../protocol/messages.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessReader } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'
import { sendSignal, type Kill } from './signals.ts'

export interface EndRowsOptions {
  reader: ProcessReader
  graceMs: number
  /** Already signalled; a second SIGTERM makes some programs abort their cleanup. */
  wasAsked?: (row: ProcessRow) => boolean
  hurry?: AbortSignal
  kill?: Kill | undefined
}

/** A process that still runs, and the message that reports it. */
export interface Survivor {
  pid: number
  said: Message
}

/** After a kill the kernel only cleans up; a driver may hold a process much longer, or forever. */
export const KILL_WAIT_MS = 5000
const POLL_MS = 50

/** Never rejects. `rows` must not contain our own pid. */
export async function endRows(
  rows: readonly ProcessRow[],
  options: EndRowsOptions,
): Promise<Survivor[]> {
  const { reader, graceMs, wasAsked = () => false, hurry, kill } = options
  const first = await stillRunning(rows, reader)
  const refused = first.filter(
    (row) => !wasAsked(row) && sendSignal(row.pid, 'SIGTERM', kill) === 'refused',
  )
  // A process that rejects our signal is not waited for.
  const obedient = first.filter((row) => !refused.includes(row))
  const stubborn = await untilGone(obedient, { reader, waitMs: graceMs, hurry })
  const unkillable = stubborn.filter(({ pid }) => sendSignal(pid, 'SIGKILL', kill) === 'refused')
  const dying = stubborn.filter((row) => !unkillable.includes(row))
  const left = await untilGone(dying, { reader, waitMs: KILL_WAIT_MS })
  const foreign = await stillRunning([...refused, ...unkillable], reader)
  return Promise.all([
    ...foreign.map((row) => survivorOf(row, reader, 'refused')),
    ...left.map((row) => survivorOf(row, reader, 'stuck')),
  ])
}

/** Same pid and start time. What cannot be determined counts as running. */
export async function stillRunning(
  rows: readonly ProcessRow[],
  reader: ProcessReader,
): Promise<ProcessRow[]> {
  const states = await Promise.all(rows.map(({ pid }) => reader.stateOf(pid)))
  return rows.filter((row, index) => {
    const state = states[index]
    if (state === undefined || state.kind === 'gone') return false
    return state.kind === 'unknown' || state.startTime === row.startTime
  })
}

export async function untilGone(
  rows: readonly ProcessRow[],
  {
    reader,
    waitMs,
    hurry,
  }: { reader: ProcessReader; waitMs: number; hurry?: AbortSignal | undefined },
): Promise<ProcessRow[]> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const left = await stillRunning(rows, reader)
    if (left.length === 0 || performance.now() >= deadline || hurry?.aborted === true) return left
    await delay(POLL_MS)
  }
}

export async function survivorOf(
  { pid }: ProcessRow,
  reader: ProcessReader,
  why: 'refused' | 'stuck',
): Promise<Survivor> {
  const { name, owner } = await reader.describe(pid)
  const process =
    name === null ? message('stop.process', { pid }) : message('stop.process_named', { pid, name })
  const said =
    why === 'refused'
      ? message('stop.survivor_of', { process, owner: owner ?? message('stop.another_user') })
      : message('stop.survivor', { process, seconds: KILL_WAIT_MS / 1000 })
  return { pid, said }
}
