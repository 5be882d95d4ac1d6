/** Every process that a control plane under test has started, with all descendants: noted while they run, looked for at the end. */
import { setTimeout as delay } from 'node:timers/promises'
import { processTable, type ProcessLine } from './process_table.ts'

/** A killed process counts as exited once the system has reclaimed its memory. */
const END_MS_MAX = 10_000
/** A look at /proc takes some milliseconds; a program of the operating system far longer. */
const LOOK_MS = process.platform === 'linux' ? 100 : 1000

export class ProcessSnapshot {
  private readonly noted = new Map<number, ProcessLine>()
  private readonly stopped = new AbortController()
  private readonly looking: Promise<void>
  private readonly endMsMax: number

  /** Notes `rootPid` and what descends from it until `end`, which waits `endMsMax` for the last of them. */
  constructor(rootPid: number, endMsMax = END_MS_MAX) {
    this.endMsMax = endMsMax
    this.looking = this.keepLooking(rootPid)
  }

  /** Pids of the noted ones that still run, the root among them. A pid with another start time is another process. */
  async running(): Promise<number[]> {
    const table = await processTable(process.platform)
    return table
      .filter(({ pid, startTime }) => this.noted.get(pid)?.startTime === startTime)
      .map(({ pid }) => pid)
  }

  /** Pids of what descends from `pid` now, without itself. */
  async descendants(pid: number): Promise<number[]> {
    const table = await processTable(process.platform)
    return descendantsOf(table, new Set([pid])).map((line) => line.pid)
  }

  /** Notes what runs now. */
  async look(rootPid: number): Promise<void> {
    const table = await processTable(process.platform)
    // A child of a noted parent is noted, also when the parent has lost its own parent by now.
    const parents = new Set([rootPid, ...this.noted.keys()])
    const root = table.find(({ pid }) => pid === rootPid)
    const lines = [...(root === undefined ? [] : [root]), ...descendantsOf(table, parents)]
    for (const line of lines) if (!this.noted.has(line.pid)) this.noted.set(line.pid, line)
  }

  /** Looks no more; resolves with the pids that never ended. */
  async end(): Promise<number[]> {
    this.stopped.abort()
    await this.looking
    const deadline = performance.now() + this.endMsMax
    for (;;) {
      const running = await this.running()
      if (running.length === 0 || performance.now() > deadline) return running
      await delay(LOOK_MS)
    }
  }

  /** Ends by force what `end` has found, so that a fault which was not as documented leaves nothing behind. */
  async clear(): Promise<void> {
    for (const pid of await this.end()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        // ESRCH: it has ended since.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }

  private async keepLooking(rootPid: number): Promise<void> {
    const { signal } = this.stopped
    while (!signal.aborted) {
      await this.look(rootPid)
      // Rejects when it is aborted, which the loop sees for itself.
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Lines whose parent is one of `pids`, and their children, and so on. */
export function descendantsOf(
  table: readonly ProcessLine[],
  pids: ReadonlySet<number>,
): ProcessLine[] {
  const found = new Map<number, ProcessLine>()
  for (let isGrowing = true; isGrowing;) {
    const more = table.filter(
      ({ pid, parentPid }) => !found.has(pid) && (pids.has(parentPid) || found.has(parentPid)),
    )
    for (const line of more) found.set(line.pid, line)
    isGrowing = more.length > 0
  }
  return [...found.values()]
}
