/** What a stop has released, from fake process tables before and after. */
import { quoted } from '../../protocol/messages.ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { backendConfigSchema } from '../../protocol/config.ts'
import type { GpuBytes } from '../gpu/gpu_bytes.ts'
import type { PortFreedom } from '../processes/free_port.ts'
import type { ProcessReader, ProcessState } from '../processes/process_reader.ts'
import type { ProcessRow } from '../processes/process_text.ts'
import type { Kill } from '../processes/signals.ts'
import { StopAudit, type Asked } from './stop_audit.ts'
import { IMPOSSIBLE_PID } from './testing/fake_process.ts'
import { MIB } from '../../protocol/bytes.ts'

const CONFIG = backendConfigSchema.parse({ port: 8768 })

const rowOf = (pid: number, parentPid: number, mebibytes: number): ProcessRow => ({
  pid,
  parentPid,
  groupId: null,
  startTime: `start of ${pid}`,
  startOrder: pid,
  rssBytes: mebibytes * MIB,
})
const [ROOT, CHILD, OTHER, DAEMON] = [0, 1, 2, 3].map((index) => IMPOSSIBLE_PID + index) as [
  number,
  number,
  number,
  number,
]
/** ROOT has started CHILD; OTHER is unrelated. */
const TABLE = [
  rowOf(ROOT, 1, 100),
  { ...rowOf(CHILD, ROOT, 50), groupId: ROOT },
  rowOf(OTHER, 1, 7000),
]

interface World {
  table: () => Promise<ProcessRow[]>
  /** By pid; all others have exited. */
  after: Record<number, ProcessState>
  gpu: GpuBytes
  port: PortFreedom
  marked: ProcessRow[]
  kill?: Kill
}

function auditIn(given: Partial<World> = {}) {
  const world: World = {
    table: async () => TABLE,
    after: {},
    gpu: { bytes: 0, reason: null },
    port: { isFree: true },
    marked: [],
    ...given,
  }
  const gpuPids: (readonly number[])[] = []
  const ports: string[] = []
  const marks: string[] = []
  const reader: ProcessReader = {
    platform: 'linux',
    stateOf: async (pid) => world.after[pid] ?? { kind: 'gone' },
    table: () => world.table(),
    trees: () => world.table(),
    rssBytesOf: async ({ rssBytes }) => rssBytes,
    describe: async () => ({ name: 'server', owner: 'root' }),
    marked: async (mark) => {
      marks.push(mark)
      return world.marked
    },
  }
  const audit = new StopAudit({
    reader,
    gpuBytesOf: (pids) => {
      gpuPids.push(pids)
      return world.gpu
    },
    portFree: async (host, port) => {
      ports.push(`${host}:${port}`)
      return world.port
    },
    now: () => 1234,
    planeMark: 'mark/',
    ...(world.kill === undefined ? {} : { kill: world.kill }),
  })
  return { audit, gpuPids, ports, marks }
}

async function reportIn(given: Partial<World> = {}, asked?: Asked) {
  const { audit } = auditIn(given)
  await audit.begin('one', { pid: ROOT })
  return audit.finish('one', CONFIG, asked)
}

it('reports what the process and its descendants held, and that its port is free', async () => {
  const { audit, gpuPids, ports } = auditIn({ gpu: { bytes: 300 * MIB, reason: null } })
  await audit.begin('one', { pid: ROOT })
  expect(await audit.finish('one', CONFIG)).toMatchObject({
    time: 1234,
    ram_bytes: 150 * MIB,
    ram_reason: null,
    gpu_bytes: 300 * MIB,
    gpu_reason: null,
    leftover_pids: [],
    port_free: true,
    port_reason: null,
    sentence: 'freed 150 MiB RAM and 300 MiB GPU memory; port 8768 is free',
  })
  expect(gpuPids.at(-1)).toEqual([ROOT, CHILD])
  expect(ports).toEqual(['localhost:8768'])
})

const ofAnother: ProcessState = { kind: 'running', startTime: 'start of another' }
const ofChild: ProcessState = { kind: 'running', startTime: `start of ${CHILD}` }

it('what has outlived the stop is ended too; a pid that another program has got since is not touched', async () => {
  const after: Record<number, ProcessState> = { [ROOT]: ofAnother, [CHILD]: ofChild }
  const kill = vi.spyOn(process, 'kill').mockImplementation((pid) => {
    after[pid] = { kind: 'gone' }
    return true
  })
  onTestFinished(() => {
    kill.mockRestore()
  })
  const table = async () => TABLE.filter(({ pid }) => after[pid]?.kind !== 'gone')
  const report = await reportIn({ table, after })
  expect(kill.mock.calls).toEqual([[CHILD, 'SIGTERM']])
  expect(report?.leftover_pids).toEqual([])
  expect(report?.sentence).toBe('freed 150 MiB RAM; port 8768 is free')
})

it('what belongs to another user is named, and its refusal throws nothing', async () => {
  const report = await reportIn({
    after: { [ROOT]: ofAnother, [CHILD]: ofChild },
    kill: () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
    },
  })
  expect(report?.leftover_pids).toEqual([CHILD])
  expect(report?.sentence).toBe(
    `freed 150 MiB RAM; port 8768 is free; pid ${CHILD} (server) belongs to root and keeps running`,
  )
})

it('a member of the group that was asked already has its grace, is not asked again, and is killed in the end', async () => {
  const after: Record<number, ProcessState> = { [CHILD]: ofChild }
  const signals: string[] = []
  const report = await reportIn(
    {
      table: async () => TABLE.filter(({ pid }) => pid !== ROOT),
      after,
      kill: (pid, signal) => {
        signals.push(`${signal} ${pid}`)
        after[pid] = { kind: 'gone' }
      },
    },
    { graceMs: 0, isGroup: true },
  )
  expect(signals).toEqual([`SIGKILL ${CHILD}`])
  expect(report?.leftover_pids).toEqual([])
})

it('what bears the mark is ended wherever it is, and the control plane never', async () => {
  const daemon = { ...rowOf(DAEMON, 1, 1), groupId: DAEMON }
  const after: Record<number, ProcessState> = {
    [DAEMON]: { kind: 'running', startTime: daemon.startTime },
    [process.pid]: { kind: 'running', startTime: 'x' },
  }
  const signals: string[] = []
  const { audit, marks } = auditIn({
    after,
    marked: [daemon, { ...rowOf(process.pid, 1, 1), startTime: 'x' }],
    kill: (pid, signal) => {
      signals.push(`${signal} ${pid}`)
      after[pid] = { kind: 'gone' }
    },
  })
  expect(audit.markStart('one')).toEqual({ SWITCHYARD_RUN_ID: 'mark/one/1/' })
  expect(audit.markStart('one')).toEqual({ SWITCHYARD_RUN_ID: 'mark/one/2/' })
  await audit.begin('one', { pid: ROOT })
  await audit.finish('one', CONFIG, { graceMs: 1000, isGroup: true })
  expect([signals, marks]).toEqual([[`SIGTERM ${DAEMON}`], ['mark/one/2/']])
})

it('a port that is still held is reported with its holder', async () => {
  const reason = 'port 8768 of localhost is still held (EADDRINUSE)'
  expect(await reportIn({ port: { isFree: false, reason: quoted(reason) } })).toMatchObject({
    port_free: false,
    port_reason: reason,
    sentence: `freed 150 MiB RAM; ${reason}`,
  })
})

it.each([
  ['the table cannot be read', async () => Promise.reject(new Error('ps failed')), 'ps failed'],
  ['the process exited before', async () => [], `no process with the pid ${ROOT} is seen`],
])('RAM is unknown, with the reason, and never 0: %s', async (_when, table, reason) => {
  expect(await reportIn({ table })).toMatchObject({
    ram_bytes: null,
    ram_reason: reason,
    sentence: `freed an unknown amount of RAM (${reason}); port 8768 is free`,
  })
})

it('GPU memory that nobody knows keeps its reason, and is not in the sentence', async () => {
  expect(await reportIn({ gpu: { bytes: null, reason: quoted('no GPU') } })).toMatchObject({
    gpu_bytes: null,
    gpu_reason: 'no GPU',
    sentence: 'freed 150 MiB RAM; port 8768 is free',
  })
})

it('nothing is reported of external processes, and their port is left alone', async () => {
  const { audit, ports } = auditIn()
  await audit.begin('one', { pid: null })
  expect(await audit.finish('one', CONFIG)).toBeNull()
  expect(ports).toEqual([])
})

it('each stop is reported once, and those of several backends separately', async () => {
  const { audit } = auditIn()
  await Promise.all([audit.begin('one', { pid: ROOT }), audit.begin('two', { pid: CHILD })])
  expect((await audit.finish('two', CONFIG))?.ram_bytes).toBe(50 * MIB)
  expect((await audit.finish('one', CONFIG))?.ram_bytes).toBe(150 * MIB)
  expect(await audit.finish('one', CONFIG)).toBeNull()
})

it('a process that exits during the check is reported all the same', async () => {
  let answer: (rows: ProcessRow[]) => void = () => undefined
  const first = new Promise<ProcessRow[]>((resolve) => {
    answer = resolve
  })
  let reads = 0
  const table = () => (reads++ === 0 ? first : Promise.resolve([]))
  const { audit } = auditIn({ table })
  const begun = audit.begin('one', { pid: ROOT })
  const finished = audit.finish('one', CONFIG)
  answer(TABLE)
  await begun
  expect((await finished)?.ram_bytes).toBe(150 * MIB)
})
