/** Ends the orphans of a crashed control plane. Leaves those of running control planes alone. */
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { readRegularText } from '../../files/regular_file.ts'
import { messageOf } from '../../protocol/errors.ts'
import { removeUnfinished } from '../../files/atomic_file.ts'
import { endRows } from './end_rows.ts'
import { endProcess, type EndOptions, type EndResult } from './end_process.ts'
import {
  currentMachine,
  pidFileSchema,
  pidOfFileName,
  type TrackedChild,
  type PidFileContent,
} from './pid_file_content.ts'
import type { ProcessReader } from './process_reader.ts'

export interface OrphanOptions {
  folder: string
  reader: ProcessReader
  graceMs?: number
  now(): number
  run?: EndOptions['run']
}

const GRACE_MS = 5000
/** A pid file of another machine or container is left alone; after a month it is abandoned. */
const FOREIGN_AGE_MS_MAX = 30 * 24 * 3_600_000

/** Returns messages on what was done; empty if nothing. Never rejects. */
export async function endOrphans(options: OrphanOptions): Promise<string[]> {
  await removeUnfinished(options.folder, options.now())
  const machine = await currentMachine()
  try {
    const names = await readdir(options.folder)
    const pidFiles = names.filter((name) => pidOfFileName(name) !== null).sort()
    const said = await Promise.all(pidFiles.map((name) => settlePidFile(name, machine, options)))
    return said.flat()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    return [`${options.folder} could not be searched for orphans: ${messageOf(error)}`]
  }
}

async function settlePidFile(
  name: string,
  machine: string,
  options: OrphanOptions,
): Promise<string[]> {
  const file = path.join(options.folder, name)
  try {
    const text = await readRegularText(file)
    const pidFile = parsePidFile(text)
    if (pidFile === null) return await settleDamaged(file, name, options.reader)
    if (pidFile.machine !== machine) return await settleForeign(file, options)
    const plane = await options.reader.stateOf(pidFile.plane.pid)
    if (plane.kind === 'unknown') {
      return [
        `${file} was left alone: whether its control plane (pid ${pidFile.plane.pid}) still runs is unknown: ${plane.reason}`,
      ]
    }
    if (plane.kind === 'running' && plane.startTime === pidFile.plane.start_time) return []
    return await endChildren(file, pidFile, options)
  } catch (error) {
    // Another control plane has handled it at the same time.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    return [`${file} could not be settled: ${messageOf(error)}`]
  }
}

async function endChildren(
  file: string,
  { plane, children, mark }: PidFileContent,
  options: OrphanOptions,
): Promise<string[]> {
  const { graceMs = GRACE_MS, reader, run } = options
  const results = await Promise.all(
    children.map(async (child) => ({
      child,
      result: await endProcess(
        { pid: child.pid, startTime: child.start_time },
        { reader, graceMs, ...(run === undefined ? {} : { run }) },
      ),
    })),
  )
  const marked = mark === undefined ? [] : await reader.marked(mark)
  const survivors = await endRows(
    marked.filter(({ pid }) => pid !== process.pid),
    { reader, graceMs },
  )
  // What could not be ended is retried at the next start.
  const isDone = survivors.length === 0 && results.every(({ result }) => result.kind !== 'failed')
  if (isDone) await rm(file, { force: true })
  return [
    ...results.flatMap(({ child, result }) => sentenceOf(child, plane.pid, result)),
    ...marked
      .filter(({ pid }) => survivors.every((survivor) => survivor.pid !== pid))
      .map(
        ({ pid }) =>
          `pid ${pid}, started by a backend of the control plane ${plane.pid}, was ended`,
      ),
    ...survivors.map(({ said }) => said.message),
  ]
}

function sentenceOf(child: TrackedChild, planePid: number, result: EndResult): string[] {
  const who = `${child.backend} (pid ${child.pid}), left running by the control plane with the pid ${planePid},`
  switch (result.kind) {
    case 'gone':
      return []
    case 'reused':
      return [
        `pid ${child.pid}, once ${child.backend} of the control plane with the pid ${planePid}, is another process now and was left alone`,
      ]
    case 'ended':
      return [`${who} was asked to end and did`]
    case 'killed':
      return [`${who} was ended by force`]
    case 'failed':
      return [`${who} could not be ended: ${result.reason}; end it by hand`]
    default:
      return result satisfies never
  }
}

async function settleForeign(file: string, { now }: OrphanOptions): Promise<string[]> {
  const { mtimeMs } = await stat(file)
  if (now() - mtimeMs > FOREIGN_AGE_MS_MAX) await rm(file, { force: true })
  return []
}

/** The name contains the writer's pid. While that pid runs, the file may still be in use. */
async function settleDamaged(file: string, name: string, reader: ProcessReader): Promise<string[]> {
  const state = await reader.stateOf(pidOfFileName(name) ?? 0)
  if (state.kind !== 'gone') return [`${file} is damaged and was left alone`]
  await rm(file, { force: true })
  return [
    `${file} was damaged and is removed; backends that its control plane left running cannot be found by it`,
  ]
}

function parsePidFile(text: string): PidFileContent | null {
  try {
    return pidFileSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
