/** Real control planes that crash, and what the next one does about their children. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endStarted, startNode, until, type RunningProcess } from '../../testing/processes.ts'
import { endProcess } from './end_process.ts'
import { pidFileName, type PidFileContent } from './pid_file_content.ts'
import { endOrphans, type OrphanOptions } from './orphans.ts'
import { PidFile } from './pid_file.ts'
import { createProcessReader } from './process_reader.ts'

const reader = createProcessReader()
let root: string
let folder: string
let pids: number[]

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'switchyard-pid-file-'))
  folder = path.join(root, 'planes')
  pids = []
})
afterEach(async () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // The test has killed it.
    }
  }
  await endStarted()
  rmSync(root, { recursive: true, force: true })
})

const isRunning = async (pid: number) => (await reader.stateOf(pid)).kind === 'running'
const endAll = (options: Partial<OrphanOptions> = {}) =>
  endOrphans({ folder, reader, now: () => Date.now(), ...options })
const contentOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as PidFileContent

const OBEDIENT = 'setInterval(() => 0, 1000); console.log("up", process.pid)'
const STUBBORN = `process.on("SIGTERM", () => 0); ${OBEDIENT}`
/** Exits on request, and leaves a child in its group. */
const PARENT = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(OBEDIENT)}], { stdio: ["ignore", "inherit", "inherit"] }); ${OBEDIENT}`

interface Plane {
  plane: RunningProcess
  pidFile: PidFile
  childPids: number[]
}

/** Stands in for a control plane that starts programs in separate groups and keeps a pid file. */
async function startPlane(scripts: string[]): Promise<Plane> {
  const plane = startNode([
    '-e',
    `const { spawn } = require('node:child_process')
     for (const script of ${JSON.stringify(scripts)}) {
       const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
       console.log('child', child.pid)
     }
     setInterval(() => 0, 1000)`,
  ])
  const all = (pattern: RegExp) => [...plane.output().matchAll(pattern)].map((m) => Number(m[1]))
  const upMin = scripts.length + scripts.filter((script) => script === PARENT).length
  await until('all are up', () => all(/^up (\d+)$/gm).length >= upMin)
  const childPids = all(/^child (\d+)$/gm)
  pids.push(...all(/^up (\d+)$/gm))
  const pidFile = await PidFile.open({ folder, reader, planePid: plane.pid })
  for (const [index, pid] of childPids.entries()) {
    await pidFile.note({ pid, backend: `model${index}`, command: 'node -e …' })
  }
  return { plane, pidFile, childPids }
}

async function crash({ plane }: Plane): Promise<void> {
  plane.signal('SIGKILL')
  await until('the control plane to exit', async () => !(await isRunning(plane.pid)))
}

describe('after a crash of the control plane', () => {
  it('its children are ended: asked first, and by force when they do not listen', async () => {
    const crashed = await startPlane([OBEDIENT, STUBBORN])
    await crash(crashed)
    const [obedient = 0, stubborn = 0] = crashed.childPids
    expect(await Promise.all(crashed.childPids.map(isRunning))).toEqual([true, true])
    const by = `left running by the control plane with the pid ${crashed.plane.pid},`
    expect(await endAll({ graceMs: 1000 })).toEqual([
      `model0 (pid ${obedient}), ${by} was asked to end and did`,
      `model1 (pid ${stubborn}), ${by} was ended by force`,
    ])
    expect(await Promise.all(crashed.childPids.map(isRunning))).toEqual([false, false])
    expect(readdirSync(folder)).toEqual([])
    expect(await endAll()).toEqual([])
  })

  it('what a child has started and left behind in its group goes with it', async () => {
    const crashed = await startPlane([PARENT])
    await crash(crashed)
    expect(pids).toHaveLength(2)
    expect(await endAll()).toEqual([expect.stringContaining('was ended by force')])
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false])
  })

  it('a pid whose recorded start time does not match is left alone', async () => {
    const crashed = await startPlane([OBEDIENT])
    await crash(crashed)
    const content = contentOf(crashed.pidFile.file)
    for (const child of content.children) child.start_time = `${child.start_time}0`
    writeFileSync(crashed.pidFile.file, JSON.stringify(content))
    const [pid = 0] = crashed.childPids
    expect(await endAll()).toEqual([
      `pid ${pid}, once model0 of the control plane with the pid ${crashed.plane.pid}, is another process now and was left alone`,
    ])
    expect(await isRunning(pid)).toBe(true)
    expect(readdirSync(folder)).toEqual([])
  })

  it('a child that has exited meanwhile is not reported', async () => {
    const crashed = await startPlane([OBEDIENT])
    const [pid = 0] = crashed.childPids
    await crash(crashed)
    process.kill(pid, 'SIGKILL')
    await until('the child to exit', async () => !(await isRunning(pid)))
    expect(await endAll()).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it('another control plane in the same folder, and its children, are not touched', async () => {
    const living = await startPlane([OBEDIENT])
    const crashed = await startPlane([OBEDIENT])
    expect(living.pidFile.file).not.toBe(crashed.pidFile.file)
    await crash(crashed)
    expect(await endAll()).toHaveLength(1)
    expect(await isRunning(living.childPids[0] ?? 0)).toBe(true)
    expect(readdirSync(folder)).toEqual([path.basename(living.pidFile.file)])
  })

  it('a control plane whose pid is another process now has exited', async () => {
    const crashed = await startPlane([OBEDIENT])
    const content = contentOf(crashed.pidFile.file)
    content.plane.start_time = `${content.plane.start_time}0`
    writeFileSync(crashed.pidFile.file, JSON.stringify(content))
    expect(await endAll()).toEqual([expect.stringContaining('was asked to end and did')])
    expect(await isRunning(crashed.plane.pid)).toBe(true)
  })
})

describe('a pid file', () => {
  it('of another machine is left alone, and removed after a month', async () => {
    const crashed = await startPlane([OBEDIENT])
    await crash(crashed)
    const { file } = crashed.pidFile
    writeFileSync(file, JSON.stringify({ ...contentOf(file), machine: 'elsewhere' }))
    expect(await endAll()).toEqual([])
    expect(existsSync(file)).toBe(true)
    const longAgo = new Date(Date.now() - 40 * 24 * 3_600_000)
    utimesSync(file, longAgo, longAgo)
    expect(await endAll()).toEqual([])
    expect(existsSync(file)).toBe(false)
    expect(await isRunning(crashed.childPids[0] ?? 0)).toBe(true)
  })

  it('that is damaged is removed and reported once its control plane has exited', async () => {
    mkdirSync(folder)
    const child = startNode(['-e', ''])
    await child.exited
    const dead = path.join(folder, pidFileName({ pid: child.pid, startTime: 'x' }))
    const living = path.join(folder, pidFileName({ pid: process.pid, startTime: 'x' }))
    for (const file of [dead, living]) writeFileSync(file, '{"format":1,')
    const said = await endAll()
    expect(said).toHaveLength(2)
    expect(said).toContain(`${living} is damaged and was left alone`)
    expect(readdirSync(folder)).toEqual([path.basename(living)])
  })

  it('is not trusted while the state of its plane is unknown', async () => {
    const crashed = await startPlane([OBEDIENT])
    await crash(crashed)
    const blind = {
      ...reader,
      stateOf: async () => ({ kind: 'unknown', reason: 'ps failed' }) as const,
    }
    expect(await endAll({ reader: blind })).toEqual([
      expect.stringMatching(/was left alone: .* is unknown: ps failed/),
    ])
    expect(await isRunning(crashed.childPids[0] ?? 0)).toBe(true)
    expect(existsSync(crashed.pidFile.file)).toBe(true)
  })

  it('is removed when the last child has exited, and back with the next', async () => {
    const { pidFile, childPids } = await startPlane([OBEDIENT, OBEDIENT])
    const [first = 0, second = 0] = childPids
    await pidFile.forget(first)
    expect(contentOf(pidFile.file).children.map(({ pid }) => pid)).toEqual([second])
    await pidFile.forget(second)
    expect(existsSync(pidFile.file)).toBe(false)
    // In call order, regardless of their speed.
    void pidFile.note({ pid: first, backend: 'model0', command: '' })
    void pidFile.forget(first)
    void pidFile.note({ pid: second, backend: 'model1', command: '' })
    await pidFile.settled()
    expect(contentOf(pidFile.file).children.map(({ pid }) => pid)).toEqual([second])
  })

  it('does not note a child that has ended already', async () => {
    const child = startNode(['-e', ''])
    await child.exited
    const pidFile = await PidFile.open({ folder, reader })
    await pidFile.note({ pid: child.pid, backend: 'model', command: '' })
    expect(existsSync(pidFile.file)).toBe(false)
  })

  it('cannot be opened without a start time, and reports why', async () => {
    const blind = {
      ...reader,
      stateOf: async () => ({ kind: 'unknown', reason: 'ps failed' }) as const,
    }
    await expect(PidFile.open({ folder, reader: blind })).rejects.toThrow(/ps failed/)
  })

  it('a folder that is not there yet holds nothing', async () => {
    expect(await endAll()).toEqual([])
  })
})

describe('ending a process', () => {
  const startChild = async () => {
    const child = startNode(['-e', OBEDIENT])
    await child.waitFor(/up/)
    const state = await reader.stateOf(child.pid)
    if (state.kind !== 'running') throw new Error('the child does not run')
    return { child, wanted: { pid: child.pid, startTime: state.startTime } }
  }

  it('on Windows takes its tree by force', async () => {
    const { child, wanted } = await startChild()
    const commands: string[] = []
    const result = await endProcess(wanted, {
      reader: { ...reader, platform: 'win32' },
      graceMs: 0,
      run: async (program, args) => {
        commands.push([program, ...args].join(' '))
        child.signal('SIGKILL')
        return ''
      },
    })
    expect(commands).toEqual([`taskkill /PID ${child.pid} /T /F`])
    expect(result).toEqual({ kind: 'killed' })
  })

  it('on Windows reports why taskkill failed', async () => {
    const { wanted } = await startChild()
    const result = await endProcess(wanted, {
      reader: { ...reader, platform: 'win32' },
      graceMs: 0,
      run: () => Promise.reject(new Error('taskkill failed: Access is denied.')),
    })
    expect(result).toEqual({ kind: 'failed', reason: 'taskkill failed: Access is denied.' })
  })

  it('never ends the process that has started this one', async () => {
    const state = await reader.stateOf(process.ppid)
    if (state.kind !== 'running') throw new Error('the parent does not run')
    const wanted = { pid: process.ppid, startTime: state.startTime }
    expect(await endProcess(wanted, { reader, graceMs: 0 })).toEqual({
      kind: 'failed',
      reason: 'this control plane was started by it',
    })
  })
})
