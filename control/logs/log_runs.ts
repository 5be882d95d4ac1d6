/** One folder of log files per run of the program: naming, listing, retention. */
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { isAlive } from '../processes/signals.ts'

/** Sorts by time; the pid shows whether the folder is still in use. */
export function runFolderName(now: number, pid: number): string {
  return `run-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}-${pid}`
}

const RUN_FOLDER = /^run-[\dTZ-]+-(\d+)$/
const LINES_FILE = /^lines-\d+\.jsonl$/

export interface LogRun {
  dir: string
  pid: number
  paths: string[]
  bytes: number
}

/** Oldest first; empty without the folder. Throws when it cannot be read. */
export async function listRuns(dir: string): Promise<LogRun[]> {
  const runs: LogRun[] = []
  for (const name of (await namesIn(dir)).sort()) {
    const pid = RUN_FOLDER.exec(name)?.[1]
    if (pid !== undefined) runs.push(await readRun(path.join(dir, name), Number(pid)))
  }
  return runs
}

export interface RunLimits {
  bytesMax: number
  runsMax: number
}

/** Removes the oldest runs above the limits, except `own` and those of running processes. */
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

/** Another control plane may clean up the same folder: a missing one counts as empty. */
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
