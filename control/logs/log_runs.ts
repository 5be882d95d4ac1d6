/** One folder of log files for each run of the program: its name, those of earlier runs, and how many are kept. */
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** Sorts by time; the pid tells whether a folder is still written to. */
export function runFolderName(now: number, pid: number): string {
  return `run-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}-${pid}`
}

const RUN_FOLDER = /^run-[\dTZ-]+-(\d+)$/
const LINES_FILE = /^lines-\d+\.jsonl$/

export interface LogRun {
  dir: string
  pid: number
  /** Oldest first. */
  paths: string[]
  bytes: number
}

/** The runs below `dir`, oldest first; none when there is no such folder. Throws when it cannot be read. */
export async function listRuns(dir: string): Promise<LogRun[]> {
  const runs: LogRun[] = []
  for (const name of (await namesIn(dir)).sort()) {
    const pid = RUN_FOLDER.exec(name)?.[1]
    if (pid !== undefined) runs.push(await readRun(path.join(dir, name), Number(pid)))
  }
  return runs
}

export interface RunLimits {
  /** Of all runs together. */
  bytesMax: number
  runsMax: number
}

/** Removes the oldest runs until the others are within the limits. Those that a living process writes to stay, as does `own`. */
export async function removeOldRuns(dir: string, own: string, limits: RunLimits): Promise<void> {
  const runs = await listRuns(dir)
  let bytes = runs.reduce((sum, run) => sum + run.bytes, 0)
  let count = runs.length
  for (const run of runs) {
    if (bytes <= limits.bytesMax && count <= limits.runsMax) return
    if (run.dir === own || isAlive(run.pid)) continue
    await rm(run.dir, { recursive: true, force: true })
    bytes -= run.bytes
    count--
  }
}

async function readRun(dir: string, pid: number): Promise<LogRun> {
  const names = (await namesIn(dir)).filter((name) => LINES_FILE.test(name)).sort()
  const paths = names.map((name) => path.join(dir, name))
  const sizes = await Promise.all(paths.map(sizeOf))
  return { dir, pid, paths, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** Another control plane may tidy up the same folder at the same time: what is gone counts as empty. */
async function namesIn(dir: string): Promise<string[]> {
  return (await ifThere(readdir(dir))) ?? []
}

async function sizeOf(file: string): Promise<number> {
  return (await ifThere(stat(file)))?.size ?? 0
}

async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** A pid that was given to another process since keeps an old folder a while longer; that does no harm. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
