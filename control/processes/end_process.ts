/** Ends a process that is known by pid and start time, with all that it started; a pid that means another by now is left alone. */
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../protocol/errors.ts'
import { runProgram, type ProcessReader, type RunProgram } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'
import { treeOf } from './process_tree.ts'

export type EndResult =
  /** It had ended before. */
  | { kind: 'gone' }
  /** The pid is another process's now. */
  | { kind: 'reused' }
  /** It ended when it was asked to. */
  | { kind: 'ended' }
  /** It was ended by force: it, or something that it had started. */
  | { kind: 'killed' }
  | { kind: 'failed'; reason: string }

export interface EndOptions {
  reader: ProcessReader
  /** What it may take to end after it was asked to. */
  graceMs: number
  /** Tests of Windows have one of their own. */
  run?: RunProgram
}

/** After a kill the kernel has only to clean up; a driver can hold a process much longer, or for ever. */
const KILL_WAIT_MS = 5000
const POLL_MS = 100

/** Ends the process if it is still the one that started at `startTime`. Never rejects. */
export async function endProcess(
  wanted: { pid: number; startTime: string },
  options: EndOptions,
): Promise<EndResult> {
  try {
    const tree = treeOf(await options.reader.table(), wanted.pid)
    const root = tree[0]
    if (root === undefined) return { kind: 'gone' }
    if (root.startTime !== wanted.startTime) return { kind: 'reused' }
    if (tree.some(({ pid }) => pid === process.pid)) {
      return { kind: 'failed', reason: 'this control plane was started by it' }
    }
    return options.reader.platform === 'win32'
      ? await endOnWindows(root, options)
      : await endOnUnix(root, tree, options)
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) }
  }
}

/** A program without a window cannot be asked on Windows: `taskkill` without /F only says so. */
async function endOnWindows(root: ProcessRow, options: EndOptions): Promise<EndResult> {
  const { reader, run = runProgram } = options
  await run('taskkill', ['/PID', String(root.pid), '/T', '/F'], process.env)
  return killedOnceGone([root], reader)
}

async function endOnUnix(
  root: ProcessRow,
  before: readonly ProcessRow[],
  { reader, graceMs }: EndOptions,
): Promise<EndResult> {
  send(root.pid, 'SIGTERM')
  await waitUntilGone([root], reader, graceMs)
  // What it started since then counts too, as long as the pid is surely its own.
  const table = await reader.table()
  const isSame = table.some((row) => isSameProcess(row, root))
  const after = isSame ? treeOf(table, root.pid) : []
  const left = [...before.filter((row) => !after.some((other) => other.pid === row.pid)), ...after]
  const running = left.filter((row) => table.some((other) => isSameProcess(row, other)))
  if (running.length === 0) return { kind: 'ended' }
  // A pid is not given anew while it is the number of a group: the group of a member that we know is the one we mean.
  if (running.some(({ groupId }) => groupId === root.pid)) send(-root.pid, 'SIGKILL')
  for (const { pid, groupId } of running) if (groupId !== root.pid) send(pid, 'SIGKILL')
  return killedOnceGone(running, reader)
}

async function killedOnceGone(
  rows: readonly ProcessRow[],
  reader: ProcessReader,
): Promise<EndResult> {
  const left = await waitUntilGone(rows, reader, KILL_WAIT_MS)
  if (left.length === 0) return { kind: 'killed' }
  const pids = left.map(({ pid }) => pid).join(', ')
  return {
    kind: 'failed',
    reason: `pid ${pids} still runs ${KILL_WAIT_MS / 1000} s after its kill`,
  }
}

/** Waits at most `waitMs`; answers which of the rows still run, or cannot be judged. */
async function waitUntilGone(
  rows: readonly ProcessRow[],
  reader: ProcessReader,
  waitMs: number,
): Promise<ProcessRow[]> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const states = await Promise.all(rows.map(({ pid }) => reader.stateOf(pid)))
    const left = rows.filter((row, index) => {
      const state = states[index]
      if (state === undefined || state.kind === 'gone') return false
      return state.kind === 'unknown' || state.startTime === row.startTime
    })
    if (left.length === 0 || performance.now() >= deadline) return left
    await delay(POLL_MS)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // ESRCH: it has ended in this instant.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const isSameProcess = (a: ProcessRow, b: ProcessRow) =>
  a.pid === b.pid && a.startTime === b.startTime
