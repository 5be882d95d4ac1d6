/** A process with all that it started: who belongs to it, and its RAM. */
import { messageOf } from '../../protocol/errors.ts'
import { createProcessReader, type ProcessReader } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'

export interface TreeRss {
  /** Resident bytes; memory that processes share counts once for each. null when they cannot be known. */
  bytes: number | null
  /** Why `bytes` is null; null when it is not. */
  reason: string | null
}

/**
 * The process, its descendants, and the members of the group that it leads: a descendant whose parent has ended is
 * found by its group. Empty when no such process runs. The first row is the process itself.
 */
export function treeOf(table: readonly ProcessRow[], pid: number): ProcessRow[] {
  const root = table.find((row) => row.pid === pid)
  if (root === undefined) return []
  const children = childrenOf(table)
  const members = new Map([[pid, root]])
  const leads = root.groupId === pid
  for (const row of table) if (leads && row.groupId === pid) members.set(row.pid, row)
  // A Map visits what is added while it is walked.
  for (const parent of members.values()) {
    for (const row of children.get(parent.pid) ?? []) {
      // Windows keeps the pid of a parent that has ended: somebody older is no child of the one who has that pid now.
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
 * RAM of a process and its descendants. On macOS and Windows each call starts a program (on Windows some 0.3 s of CPU):
 * there, ask for several processes with one `table` and `treeRss`, and not at every health check.
 */
export async function processTreeRss(
  pid: number,
  reader: ProcessReader = createProcessReader(),
): Promise<TreeRss> {
  try {
    return await treeRss(reader, await reader.table(), pid)
  } catch (error) {
    return { bytes: null, reason: messageOf(error) }
  }
}

/** As `processTreeRss`, over a table that was read before. */
export async function treeRss(
  reader: ProcessReader,
  table: readonly ProcessRow[],
  pid: number,
): Promise<TreeRss> {
  const rows = treeOf(table, pid)
  const sizes = await Promise.all(rows.map((row) => reader.rssBytesOf(row)))
  const own = sizes[0]
  if (own === undefined) return { bytes: null, reason: `no process with the pid ${pid} is seen` }
  if (own === null) return { bytes: null, reason: `the RAM of pid ${pid} may not be read` }
  // A descendant without a size has ended between the table and now.
  return { bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0), reason: null }
}
