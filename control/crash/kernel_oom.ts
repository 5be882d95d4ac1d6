/**
 * The kernel's counts of processes that it ended for want of memory. A SIGKILL is explained by memory only where such
 * a count rose; other systems than Linux keep none that a program may read.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'

export interface OomKillCounts {
  /** Count by the file that it is from; empty when none can be read. */
  counts: Record<string, number>
  /** Why there is no count; null when there is one. */
  reason: string | null
}

/**
 * Reads the counts that hold for this process and the children it starts (they share its control group): a few small files of the
 * kernel, read synchronously so that a crash is reported before what follows from it. Never throws. `root` is where `/proc` and `/sys` are found; tests have a folder of their own.
 */
export function readOomKills(
  platform: NodeJS.Platform = process.platform,
  root = '/',
): OomKillCounts {
  if (platform !== 'linux') {
    return { counts: {}, reason: `${platform} keeps no count of processes ended for memory` }
  }
  const files = ['proc/vmstat', ...cgroupFiles(root)]
  const found = files.map((file) => [`/${file}`, countIn(path.join(root, file))] as const)
  const counts = Object.fromEntries(found.flatMap(([file, n]) => (n === null ? [] : [[file, n]])))
  const isEmpty = Object.keys(counts).length === 0
  return { counts, reason: isEmpty ? `none of ${files.join(', ')} holds oom_kill` : null }
}

/**
 * A clause such as "the kernel's count oom_kill in /proc/vmstat rose from 3 to 4", or null when no count rose. The
 * less time between the two, the better the evidence: take `before` at each health check, not at the start.
 */
export function oomKillEvidence(before: OomKillCounts, after: OomKillCounts): string | null {
  const rises = Object.entries(after.counts).flatMap(([file, count]) => {
    const earlier = before.counts[file]
    return earlier !== undefined && count > earlier
      ? [`in ${file} rose from ${earlier} to ${count}`]
      : []
  })
  return rises.length === 0 ? null : `the kernel's count oom_kill ${rises.join(' and ')}`
}

/** `oom_kill 3`: a line of /proc/vmstat and memory.events (version 2) or memory.oom_control (version 1). */
function countIn(file: string): number | null {
  const match = /^oom_kill (\d+)$/m.exec(textOf(file))
  return match === null ? null : Number(match[1])
}

/** Empty for a file that cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/**
 * Where the control group of this process counts: https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.events)
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
