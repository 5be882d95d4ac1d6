/** Advertises running panels to the command line: one file per panel with address and token, in the state folder. */
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { readRegularText } from '../files/regular_file.ts'
import { removeUnfinished, writeAtomically } from '../files/atomic_file.ts'
import { currentMachine } from './processes/pid_file_content.ts'
import { createProcessReader, type ProcessReader } from './processes/process_reader.ts'

const runningFileSchema = z.object({
  format: z.literal(1),
  /** A pid is only meaningful on its machine and in its container. */
  machine: z.string(),
  pid: z.int().min(1),
  /** Opaque; identifies a process together with the pid. */
  start_time: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  token: z.string().min(1),
  version: z.string(),
})
export type RunningPanel = z.infer<typeof runningFileSchema>

export interface AdvertiseOptions {
  folder: string
  /** As printed, with the token: `http://127.0.0.1:8765/?token=...`. */
  url: string
  version: string
  reader?: ProcessReader
}

export interface Advertisement {
  readonly file: string
  /** Rejects when the file cannot be written; it keeps the old token then. */
  setToken(token: string): Promise<void>
  /** Never rejects: the next reader removes a stale file. */
  remove(): Promise<void>
}

/** Rejects when the folder cannot be written, or the start time of this process is unknown. */
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
    port: Number(port || 80),
    token: searchParams.get('token') ?? '',
    version,
  }
  const file = path.join(folder, `${process.pid}.json`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The folder may exist with wider permissions. Ignored on Windows.
  await chmod(folder, 0o700)
  const write = (token: string) =>
    writeAtomically(file, JSON.stringify(runningFileSchema.parse({ ...content, token }), null, 2))
  await write(content.token)
  return {
    file,
    setToken: write,
    remove: async () => {
      // Containers that share the folder may have the same pid: another one's newer file is kept.
      const present = await readRunningFile(file)
      const isOwn =
        present?.machine === content.machine && present.start_time === content.start_time
      if (present === null || isOwn) {
        await rm(file, { force: true }).catch(() => undefined)
      }
    },
  }
}

/** Running panels of this machine, by port; removes stale files. Empty for a missing or unreadable folder. */
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
  // Damaged, of another version, or of another machine: left alone.
  if (panel === null || panel.machine !== machine) return null
  const state = await reader.stateOf(panel.pid)
  // A token is not sent to a port with an unknown owner.
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
