/** The ledger kept for the control plane: what is on disk at which moment, and that no fault of it stops anything. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Household } from './household.ts'
import { currentMachine, ledgerName, type LedgerContent } from './ledger_file.ts'
import type { ProcessReader, ProcessState } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'

let root: string
let folder: string
let said: string[]
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'switchyard-household-'))
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

/** Knows the control plane itself and `states`; everybody else is gone. */
function create(states: Record<number, ProcessState> = {}): Household {
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
  return new Household({ folder, reader, now: () => Date.now(), logs })
}

const ledger = () => path.join(folder, ledgerName({ pid: process.pid, startTime: 'plane' }))
const noted = () =>
  (JSON.parse(readFileSync(ledger(), 'utf8')) as LedgerContent).children.map(
    ({ pid, backend }) => `${backend} ${pid}`,
  )

it('children are in the ledger from their start to their end; with the last the file goes', async () => {
  const household = create({ 11: running('a'), 12: running('b') })
  await household.open()
  household.note(11, 'emotion')
  household.note(12, 'eeg')
  await household.close()
  expect(noted()).toEqual(['emotion 11', 'eeg 12'])
  household.forget(11)
  await household.close()
  expect(noted()).toEqual(['eeg 12'])
  household.forget(12)
  await household.close()
  expect(readdirSync(folder)).toEqual([])
  expect(said).toEqual([])
})

it('a child that ends before it is noted leaves nothing', async () => {
  const household = create({ 11: running('a') })
  await household.open()
  household.note(11, 'emotion')
  household.forget(11)
  household.note(99, 'gone')
  await household.close()
  expect(readdirSync(folder)).toEqual([])
  expect(said).toEqual([])
})

it('what a control plane that crashed has left is said before the first start', async () => {
  mkdirSync(folder)
  // Linux gives out no pid so high (https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html, pid_max).
  const [plane, child] = [4_194_401, 4_194_402]
  const left: LedgerContent = {
    format: 1,
    machine: await currentMachine(),
    plane: { pid: plane, start_time: 'then' },
    children: [{ pid: child, start_time: 'then', backend: 'emotion', command: 'backend emotion' }],
  }
  const file = path.join(folder, ledgerName({ pid: plane, startTime: 'then' }))
  writeFileSync(file, JSON.stringify(left))
  await create({ [child]: running('now') }).open()
  expect(said).toEqual([
    `warn: pid ${child}, once emotion of the control plane with the pid ${plane}, is another process now and was left alone`,
  ])
  expect(readdirSync(folder)).toEqual([])
})

it('without a start time of its own it says that no ledger is kept, and goes on without', async () => {
  const household = create({ [process.pid]: { kind: 'unknown', reason: 'ps failed' } })
  await household.open()
  expect(said).toEqual([
    `warn: no ledger of processes is kept: the start time of the control plane (pid ${process.pid}) is unknown: ps failed`,
  ])
  household.note(11, 'emotion')
  household.forget(11)
  await household.close()
  expect(said).toHaveLength(1)
})

it('a child whose start time cannot be read is said not to be in the ledger', async () => {
  const household = create({ 11: { kind: 'unknown', reason: 'ps failed' } })
  await household.open()
  household.note(11, 'emotion')
  await household.close()
  expect(said).toEqual([
    'warn: pid 11 is not in the ledger of processes: the start time of pid 11 is unknown: ps failed',
  ])
})

it('a folder that cannot be written is said for each child, and stops nothing', async () => {
  // A file where the folder should be: also refused to an administrator, on every system.
  writeFileSync(folder, '')
  const household = create({ 11: running('a') })
  await household.open()
  household.note(11, 'emotion')
  await household.close()
  expect(said).toEqual([
    expect.stringMatching(/^warn: .*planes could not be searched for leftovers: /),
    expect.stringMatching(/^warn: pid 11 is not in the ledger of processes: /),
  ])
})
