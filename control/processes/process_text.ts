/** From what Linux, `ps` and PowerShell say of processes to rows. Pure. */

export interface ProcessRow {
  pid: number
  parentPid: number
  /** Process group; null on Windows, which has none. */
  groupId: number | null
  /** Equal for the same process only, together with the pid; it has no other meaning. */
  startTime: string
  /** Grows with the start, in a unit of the system's own. */
  startOrder: number
  /** null where the row does not say. */
  rssBytes: number | null
}

/** A process that has ended and is not yet waited for. */
const isEnded = (state: string) => /^[ZXx]/.test(state)

/**
 * /proc/PID/stat, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: field 2 is the name in parentheses and may hold
 * any character, so that the fields are counted behind the last one. Field 22 is the start in clock ticks since boot:
 * `bootId` makes it differ after a restart of the machine. null for a zombie, or for a text of another form.
 */
export function parseLinuxStat(text: string, bootId: string): ProcessRow | null {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ')
  // Here the first is field 3.
  const [state, parentPid, groupId] = fields
  const ticks = fields[22 - 3]
  if (state === undefined || ticks === undefined || isEnded(state)) return null
  return {
    pid: Number.parseInt(text, 10),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    startTime: `${bootId} ${ticks}`,
    startOrder: Number(ticks),
    rssBytes: null,
  }
}

/** `VmRSS:   12345 kB` of /proc/PID/status, in bytes; a kernel thread or a zombie has none, and holds 0. */
export function parseVmRss(text: string): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(text)
  return match === null ? 0 : Number(match[1]) * 1024
}

/** `ps -o pid=,ppid=,pgid=,rss=,stat=,lstart=` with LC_ALL=C and TZ=UTC; rss is in units of 1024 bytes. */
export function parsePsRows(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*\S)\s*$/.exec(line)
    if (match === null) return []
    const [, pid, parentPid, groupId, rss, state = '', start = ''] = match
    if (isEnded(state)) return []
    const startTime = start.replaceAll(/\s+/g, ' ')
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: Number(groupId),
        startTime,
        startOrder: Date.parse(`${startTime} UTC`),
        rssBytes: Number(rss) * 1024,
      },
    ]
  })
}

/** Lines of pid, parent's pid, working set in bytes, and start in ticks of 100 ns (0 = the system does not say). */
export function parseWindowsRows(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) (\d+) (\d+) (\d+)$/.exec(line.trim())
    if (match === null) return []
    const [, pid, parentPid, bytes, ticks = '0'] = match
    return [
      {
        pid: Number(pid),
        parentPid: Number(parentPid),
        groupId: null,
        startTime: ticks,
        startOrder: Number(ticks),
        rssBytes: Number(bytes),
      },
    ]
  })
}
