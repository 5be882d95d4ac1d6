import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ProcessTracker } from './process_tracker.ts'
import { currentMachine, pidFileName, type PidFileContent } from './pid_file_content.ts'
import type { ProcessReader, ProcessState } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'

let root: string
let folder: string
let said: string[]
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'switchyard-tracker-'))
  folder = path.join(root, 'planes')
  said = []
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const running = (startTime: string): ProcessState => ({ kind: 'running', startTime })

const rowOf = (pid: number, startTime: string): ProcessRow => ({
  pid,
  startTime,
  parentPid: 1,
  groupId: null,
  startOrder: 0,
  rssBytes: 0,
})

/** Knows the control plane itself and `states`; all other processes have exited. */
function create(states: Record<number, ProcessState> = {}): ProcessTracker {
  const all: Record<number, ProcessState> = { [process.pid]: running('plane'), ...states }
  const reader: ProcessReader = {
    platform: 'linux',
    stateOf: async (pid) => all[pid] ?? { kind: 'gone' },
    table: async () =>
      Object.entries(all).flatMap(([pid, state]) =>
        state.kind === 'running' ? [rowOf(Number(pid), state.startTime)] : [],
      ),
    trees: async () => [],
    rssBytesOf: async () => null,
    describe: async () => ({ name: null, owner: null }),
    marked: async () => [],
  }
  const logs = { say: (level: string, message: string) => void said.push(`${level}: ${message}`) }
  return new ProcessTracker({ folder, reader, now: () => Date.now(), logs })
}

const pidFile = () => path.join(folder, pidFileName({ pid: process.pid, startTime: 'plane' }))
const noted = () =>
  (JSON.parse(readFileSync(pidFile(), 'utf8')) as PidFileContent).children.map(
    ({ pid, backend }) => `${backend} ${pid}`,
  )

it('children are in the pid file from their start to their end; with the last the file goes', async () => {
  const tracker = create({ 11: running('a'), 12: running('b') })
  await tracker.open()
  tracker.note(11, 'emotion')
  tracker.note(12, 'eeg')
  await tracker.close()
  expect(noted()).toEqual(['emotion 11', 'eeg 12'])
  tracker.forget(11)
  await tracker.close()
  expect(noted()).toEqual(['eeg 12'])
  tracker.forget(12)
  await tracker.close()
  expect(readdirSync(folder)).toEqual([])
  expect(said).toEqual([])
})

it('a child that ends before it is noted leaves nothing', async () => {
  const tracker = create({ 11: running('a') })
  await tracker.open()
  tracker.note(11, 'emotion')
  tracker.forget(11)
  tracker.note(99, 'gone')
  await tracker.close()
  expect(readdirSync(folder)).toEqual([])
  expect(said).toEqual([])
})

it('orphans of a crashed control plane are logged before the first start', async () => {
  mkdirSync(folder)
  // Above Linux's maximum pid (https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html, pid_max).
  const [plane, child] = [4_194_401, 4_194_402]
  const left: PidFileContent = {
    format: 1,
    machine: await currentMachine(),
    plane: { pid: plane, start_time: 'then' },
    children: [{ pid: child, start_time: 'then', backend: 'emotion', command: 'backend emotion' }],
  }
  const file = path.join(folder, pidFileName({ pid: plane, startTime: 'then' }))
  writeFileSync(file, JSON.stringify(left))
  await create({ [child]: running('now') }).open()
  expect(said).toEqual([
    `warn: pid ${child}, once emotion of the control plane with the pid ${plane}, is another process now and was left alone`,
  ])
  expect(readdirSync(folder)).toEqual([])
})

it('without its own start time it logs that no pid file is kept, and continues', async () => {
  const tracker = create({ [process.pid]: { kind: 'unknown', reason: 'ps failed' } })
  await tracker.open()
  expect(said).toEqual([
    `warn: no pid file is kept: the start time of the control plane (pid ${process.pid}) is unknown: ps failed`,
  ])
  tracker.note(11, 'emotion')
  tracker.forget(11)
  await tracker.close()
  expect(said).toHaveLength(1)
})

it('a child whose start time cannot be read is logged as missing in the pid file', async () => {
  const tracker = create({ 11: { kind: 'unknown', reason: 'ps failed' } })
  await tracker.open()
  tracker.note(11, 'emotion')
  await tracker.close()
  expect(said).toEqual([
    'warn: pid 11 is not in the pid file: the start time of pid 11 is unknown: ps failed',
  ])
})

it('a folder that cannot be written is logged for each child, and stops nothing', async () => {
  // A file in place of the folder: fails for administrators too, on every system.
  writeFileSync(folder, '')
  const tracker = create({ 11: running('a') })
  await tracker.open()
  tracker.note(11, 'emotion')
  await tracker.close()
  expect(said).toEqual([
    expect.stringMatching(/^warn: .*planes could not be searched for orphans: /),
    expect.stringMatching(/^warn: pid 11 is not in the pid file: /),
  ])
})
