/**
 * Tells the command line which panels run on this machine, where, and by which token: one file for each, in the state folder.
 * A file whose process has ended, or whose pid has gone to another process, is ignored and removed.
 */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { readRegularText } from '../files/regular_file.ts'
import { removeUnfinished, writeAtomically } from '../files/atomic_file.ts'
import { currentMachine } from './processes/pid_file_content.ts'
import { createProcessReader, type ProcessReader } from './processes/process_reader.ts'

const runningFileSchema = z.object({
  format: z.literal(1),
  /** A pid means something on one machine, and in one container, only. */
  machine: z.string(),
  pid: z.int().min(1),
  /** Opaque; with the pid it tells one process from all others. */
  start_time: z.string().min(1),
  /** Where a program of this machine reaches it. */
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  token: z.string().min(1),
  version: z.string(),
})
export type RunningPanel = z.infer<typeof runningFileSchema>

export interface AdvertiseOptions {
  /** `running` of stateLayout. */
  folder: string
  /** With the token, as it is printed: `http://127.0.0.1:8765/?token=...`. */
  url: string
  version: string
  reader?: ProcessReader
}

export interface Advertisement {
  readonly file: string
  /** Rejects when the file cannot be written; the old token stays in it then. */
  setToken(token: string): Promise<void>
  /** Takes the file away. Never rejects: a file that stays is found to be stale by the next reader. */
  remove(): Promise<void>
}

/** Rejects when the folder cannot be written, or the system does not say since when this process runs: nobody could trust the file. */
export async function advertisePanel(options: AdvertiseOptions): Promise<Advertisement> {
  const { folder, version, reader = createProcessReader() } = options
  const state = await reader.stateOf(process.pid)
  if (state.kind !== 'running') {
    const reason = state.kind === 'gone' ? 'no such process is seen' : state.reason
    throw new Error(`the start time of this process (pid ${process.pid}) is unknown: ${reason}`)
  }
  const { hostname, port, searchParams } = new URL(options.url)
  const content: RunningPanel = {
    format: 1,
    machine: await currentMachine(),
    pid: process.pid,
    start_time: state.startTime,
    host: hostname,
    // The URL parser leaves out the default of http.
    port: Number(port || 80),
    token: searchParams.get('token') ?? '',
    version,
  }
  const file = path.join(folder, `${process.pid}.json`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // One that was there before may have been made by a looser hand. Windows knows no modes and ignores it.
  await chmod(folder, 0o700)
  const write = (token: string) =>
    writeAtomically(file, JSON.stringify(runningFileSchema.parse({ ...content, token }), null, 2))
  await write(content.token)
  return {
    file,
    setToken: write,
    remove: async () => {
      // Containers that share the folder may share the pid: what another one has written since stays.
      const present = await readRunningFile(file)
      const isOwn =
        present?.machine === content.machine && present.start_time === content.start_time
      if (present === null || isOwn) {
        await rm(file, { force: true }).catch(() => undefined)
      }
    },
  }
}

/** The panels of this machine that run, by port. Removes what is stale. A folder that is missing or unreadable holds none. */
export async function runningPanels(
  folder: string,
  reader: ProcessReader = createProcessReader(),
  now: () => number = Date.now,
): Promise<RunningPanel[]> {
  const names = await readdir(folder).catch(() => [])
  await removeUnfinished(folder, now())
  const machine = await currentMachine()
  const found = await Promise.all(
    names
      .filter((name) => RUNNING_NAME.test(name))
      .map((name) => readIfRunning(path.join(folder, name), machine, reader)),
  )
  return found.filter((panel) => panel !== null).sort((a, b) => a.port - b.port)
}

const RUNNING_NAME = /^\d{1,10}\.json$/

async function readIfRunning(
  file: string,
  machine: string,
  reader: ProcessReader,
): Promise<RunningPanel | null> {
  const panel = await readRunningFile(file)
  // Damaged, of another version of the form, or of another machine: not ours to judge.
  if (panel === null || panel.machine !== machine) return null
  const state = await reader.stateOf(panel.pid)
  // A token is not sent to a port of which nobody can say whose it is.
  if (state.kind === 'unknown') return null
  if (state.kind === 'running' && state.startTime === panel.start_time) return panel
  await rm(file, { force: true }).catch(() => undefined)
  return null
}

async function readRunningFile(file: string): Promise<RunningPanel | null> {
  try {
    return runningFileSchema.parse(JSON.parse(await readRegularText(file)))
  } catch {
    return null
  }
}
