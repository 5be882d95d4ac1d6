/** All processes started by the tested Switchyard, with descendants: recorded while running, checked at the end. */
import { setTimeout as delay } from 'node:timers/promises'
import { processTable, type ProcessLine } from './process_table.ts'

/** A killed process counts as exited once its memory is reclaimed. */
const END_MS_MAX = 10_000
/** Reading /proc takes milliseconds; an external program far longer. */
const LOOK_MS = process.platform === 'linux' ? 100 : 1000

export class ProcessSnapshot {
  private readonly noted = new Map<number, ProcessLine>()
  private readonly stopped = new AbortController()
  private readonly looking: Promise<void>
  private readonly endMsMax: number

  /** Records `rootPid` and its descendants until `end`, which waits up to `endMsMax` for the last. */
  constructor(rootPid: number, endMsMax = END_MS_MAX) {
    this.endMsMax = endMsMax
    this.looking = this.keepLooking(rootPid)
  }

  /** Recorded pids that still run. A pid with another start time is another process. */
  async running(): Promise<number[]> {
    const table = await processTable(process.platform)
    return table
      .filter(({ pid, startTime }) => this.noted.get(pid)?.startTime === startTime)
      .map(({ pid }) => pid)
  }

  /** Current descendants of `pid`, without itself. */
  async descendants(pid: number): Promise<number[]> {
    const table = await processTable(process.platform)
    return descendantsOf(table, new Set([pid])).map((line) => line.pid)
  }

  async look(rootPid: number): Promise<void> {
    const table = await processTable(process.platform)
    // Children of recorded parents count even if the parent was orphaned meanwhile.
    const parents = new Set([rootPid, ...this.noted.keys()])
    const root = table.find(({ pid }) => pid === rootPid)
    const lines = [...(root === undefined ? [] : [root]), ...descendantsOf(table, parents)]
    for (const line of lines) if (!this.noted.has(line.pid)) this.noted.set(line.pid, line)
  }

  /** Stops recording; resolves with the pids that are still running. */
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

  /** Kills what `end` found, so that a failing fault leaves nothing behind. */
  async clear(): Promise<void> {
    for (const pid of await this.end()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        // ESRCH: it has exited since.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }

  private async keepLooking(rootPid: number): Promise<void> {
    const { signal } = this.stopped
    while (!signal.aborted) {
      await this.look(rootPid)
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Transitive children of `pids`. */
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
