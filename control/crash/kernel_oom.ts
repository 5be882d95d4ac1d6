/**
 * The kernel's OOM kill counters. A SIGKILL is attributed to memory only when one of them rose. Only Linux exposes such counters.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { joined, message, type Message } from '../../protocol/messages.ts'

export interface OomKillCounts {
  counts: Record<string, number>
  /** Why there is no count; null when there is one. */
  reason: Message | null
}

/**
 * Reads the counters for this process and its children, which share its control group. Synchronous, so that a crash is
 * reported before its consequences. Never throws. `root` contains `/proc` and `/sys`, for tests.
 */
export function readOomKills(
  platform: NodeJS.Platform = process.platform,
  root = '/',
): OomKillCounts {
  if (platform !== 'linux') {
    return { counts: {}, reason: message('oom.no_count', { system: platform }) }
  }
  const files = ['proc/vmstat', ...cgroupFiles(root)]
  const found = files.map((file) => [`/${file}`, countIn(path.join(root, file))] as const)
  const counts = Object.fromEntries(found.flatMap(([file, n]) => (n === null ? [] : [[file, n]])))
  const isEmpty = Object.keys(counts).length === 0
  return { counts, reason: isEmpty ? message('oom.no_counter', { files: files.join(', ') }) : null }
}

/**
 * "The kernel's count oom_kill in /proc/vmstat rose from 3 to 4.", or null when no count rose. The less time between the two, the
 * better the evidence: take `before` at each health check, not at the start.
 */
export function oomKillEvidence(before: OomKillCounts, after: OomKillCounts): Message | null {
  const [first, ...others] = Object.entries(after.counts).flatMap(([file, count]) => {
    const earlier = before.counts[file]
    return earlier !== undefined && count > earlier
      ? [message('evidence.oom_kill', { file, earlier, count })]
      : []
  })
  return first === undefined ? null : joined(first, ...others)
}

/** `oom_kill 3`: a line of /proc/vmstat and memory.events (version 2) or memory.oom_control (version 1). */
function countIn(file: string): number | null {
  const match = /^oom_kill (\d+)$/m.exec(textOf(file))
  return match === null ? null : Number(match[1])
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/**
 * The counter files of this process's control group: https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events)
 * and https://docs.kernel.org/admin-guide/cgroup-v1/memory.html (memory.oom_control).
 */
function cgroupFiles(root: string): string[] {
  const text = textOf(path.join(root, 'proc/self/cgroup'))
  return text.split('\n').flatMap((line) => {
    // "0::/user.slice/a" or "4:memory:/a"
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || group === undefined) return []
    if (controllers === '') {
      return ['sys/fs/cgroup', 'sys/fs/cgroup/unified'].map((mount) =>
        path.posix.join(mount, group, 'memory.events'),
      )
    }
    const hasMemory = controllers.split(',').includes('memory')
    return hasMemory ? [path.posix.join('sys/fs/cgroup/memory', group, 'memory.oom_control')] : []
  })
}
