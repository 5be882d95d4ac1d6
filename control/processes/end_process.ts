/** Ends a process, identified by pid and start time, with all its descendants. A reused pid is left alone. */
import { messageOf } from '../../protocol/errors.ts'
import { KILL_WAIT_MS, survivorOf, untilGone } from './end_rows.ts'
import { runProgram, type ProcessReader, type RunProgram } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'
import { treeOf } from './process_tree.ts'
import { sendSignal } from './signals.ts'

export type EndResult =
  | { kind: 'gone' }
  /** The pid belongs to another process now. */
  | { kind: 'reused' }
  | { kind: 'ended' }
  | { kind: 'killed' }
  | { kind: 'failed'; reason: string }

export interface EndOptions {
  reader: ProcessReader
  graceMs: number
  /** Replaced in tests of Windows. */
  run?: RunProgram
}

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

/** Windows cannot ask a program without a window to exit: `taskkill` without /F fails. */
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
  if (sendSignal(root.pid, 'SIGTERM') === 'refused') return refused([root], reader)
  await untilGone([root], { reader, waitMs: graceMs })
  // Later descendants count too, if the pid was not reused.
  const table = await reader.table()
  const isSame = table.some((row) => isSameProcess(row, root))
  const after = isSame ? treeOf(table, root.pid) : []
  const left = [...before.filter((row) => !after.some((other) => other.pid === row.pid)), ...after]
  const running = left.filter((row) => table.some((other) => isSameProcess(row, other)))
  if (running.length === 0) return { kind: 'ended' }
  // A pid is not reused while it is a group id: the group of a known member is the right one.
  if (running.some(({ groupId }) => groupId === root.pid)) sendSignal(-root.pid, 'SIGKILL')
  const unkillable = running.filter(({ pid }) => sendSignal(pid, 'SIGKILL') === 'refused')
  if (unkillable.length > 0) return refused(unkillable, reader)
  return killedOnceGone(running, reader)
}

async function refused(rows: readonly ProcessRow[], reader: ProcessReader): Promise<EndResult> {
  const survivors = await Promise.all(rows.map((row) => survivorOf(row, reader, 'refused')))
  return { kind: 'failed', reason: survivors.map(({ said }) => said.message).join('; ') }
}

async function killedOnceGone(
  rows: readonly ProcessRow[],
  reader: ProcessReader,
): Promise<EndResult> {
  const left = await untilGone(rows, { reader, waitMs: KILL_WAIT_MS })
  if (left.length === 0) return { kind: 'killed' }
  const survivors = await Promise.all(left.map((row) => survivorOf(row, reader, 'stuck')))
  return { kind: 'failed', reason: survivors.map(({ said }) => said.message).join('; ') }
}

const isSameProcess = (a: ProcessRow, b: ProcessRow) =>
  a.pid === b.pid && a.startTime === b.startTime
