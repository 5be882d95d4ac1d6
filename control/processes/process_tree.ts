import { saidBy } from '../../protocol/errors.ts'
import { message, type Message } from '../../protocol/messages.ts'
import { createProcessReader, type ProcessReader } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'

/** Resident bytes; memory that processes share counts once for each. null, with the reason, when they cannot be known. */
export type TreeRss = { bytes: number; reason: null } | { bytes: null; reason: Message }

/** The process first, its descendants, and its process group, with descendants whose parent has exited. */
export function treeOf(table: readonly ProcessRow[], pid: number): ProcessRow[] {
  const root = table.find((row) => row.pid === pid)
  if (root === undefined) return []
  const children = childrenOf(table)
  const members = new Map([[pid, root]])
  const leads = root.groupId === pid
  for (const row of table) if (leads && row.groupId === pid) members.set(row.pid, row)
  for (const parent of members.values()) {
    for (const row of children.get(parent.pid) ?? []) {
      // Windows keeps the pid of an exited parent: an older process is not a child of the pid's new owner.
      if (row.startOrder >= parent.startOrder) members.set(row.pid, row)
    }
  }
  return [...members.values()]
}

function childrenOf(table: readonly ProcessRow[]): Map<number, ProcessRow[]> {
  const children = new Map<number, ProcessRow[]>()
  for (const row of table) {
    const siblings = children.get(row.parentPid)
    if (siblings === undefined) children.set(row.parentPid, [row])
    else siblings.push(row)
  }
  return children
}

/**
 * Memory of a process and its descendants. On macOS and Windows each call starts a program (on Windows 0.3 s of CPU):
 * use one `table` and `treeRss` for several processes there.
 */
export async function processTreeRss(
  pid: number,
  reader: ProcessReader = createProcessReader(),
): Promise<TreeRss> {
  try {
    return await treeRss(reader, await reader.table(), pid)
  } catch (error) {
    return { bytes: null, reason: saidBy(error) }
  }
}

export async function treeRss(
  reader: ProcessReader,
  table: readonly ProcessRow[],
  pid: number,
): Promise<TreeRss> {
  const rows = treeOf(table, pid)
  const sizes = await Promise.all(rows.map((row) => reader.rssBytesOf(row)))
  const own = sizes[0]
  if (own === undefined) return { bytes: null, reason: message('stop.no_process', { pid }) }
  if (own === null) return { bytes: null, reason: message('stop.ram_hidden', { pid }) }
  return { bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0), reason: null }
}
