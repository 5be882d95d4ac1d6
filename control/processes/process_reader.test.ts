/** Real processes of this machine, and the commands used on other systems. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { endStarted, startNode } from '../../testing/processes.ts'
import { createProcessReader, runProgram, type RunProgram } from './process_reader.ts'

afterEach(endStarted)

describe('this machine', () => {
  const reader = createProcessReader()

  it('returns the start time of this process, the same each time', async () => {
    const first = await reader.stateOf(process.pid)
    expect(first.kind).toBe('running')
    expect(await createProcessReader().stateOf(process.pid)).toEqual(first)
  })

  it('distinguishes a process that has exited, and one that started later, from this one', async () => {
    const child = startNode(['-e', 'console.log("up"); setInterval(() => 0, 1000)'])
    await child.waitFor(/up/)
    const state = await reader.stateOf(child.pid)
    expect(state.kind).toBe('running')
    expect(state).not.toEqual(await reader.stateOf(process.pid))
    child.signal('SIGKILL')
    await child.exited
    expect(await reader.stateOf(child.pid)).toEqual({ kind: 'gone' })
  })

  it('lists a tree alone: a process, its child and the child of that', async () => {
    const grandchild = 'console.log("up", process.pid); setInterval(() => 0, 1000)'
    const spawning = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" })`
    const child = startNode(['-e', `${spawning}; setInterval(() => 0, 1000)`])
    const [, pid] = await child.waitFor(/up (\d+)/)
    const rows = await reader.trees([child.pid])
    expect(rows.map((row) => row.pid)).toEqual(expect.arrayContaining([child.pid, Number(pid)]))
    if (process.platform === 'linux') expect(rows).toHaveLength(2)
    process.kill(Number(pid), 'SIGKILL')
  })

  it.skipIf(process.platform !== 'linux')('nobody has a tree of a pid that has ended', async () => {
    const child = startNode(['-e', ''])
    await child.exited
    expect(await reader.trees([child.pid])).toEqual([])
  })

  it('lists this process with its parent', async () => {
    const rows = await reader.table()
    expect(rows.find(({ pid }) => pid === process.pid)).toMatchObject({ parentPid: process.ppid })
  })
})

it('a kernel that does not list children is asked for all processes', async () => {
  const procDir = mkdtempSync(path.join(tmpdir(), 'switchyard-proc-'))
  const stat = (pid: number, parent: number) => `${pid} (x) S ${parent} 7 ${'0 '.repeat(17)}5`
  for (const [pid, parent] of [
    [7, 1],
    [8, 7],
    [9, 1],
  ] as const) {
    mkdirSync(path.join(procDir, String(pid), 'task', String(pid)), { recursive: true })
    writeFileSync(path.join(procDir, String(pid), 'stat'), stat(pid, parent))
  }
  const reader = createProcessReader({ platform: 'linux', procDir })
  expect((await reader.trees([7])).map(({ pid }) => pid)).toEqual([7, 8, 9])
  writeFileSync(path.join(procDir, '7', 'task', '7', 'children'), '8 ')
  writeFileSync(path.join(procDir, '8', 'task', '8', 'children'), '')
  expect((await reader.trees([7])).map(({ pid }) => pid)).toEqual([7, 8])
  rmSync(procDir, { recursive: true })
})

it('where Linux shows no processes, nobody is called gone', async () => {
  const procDir = mkdtempSync(path.join(tmpdir(), 'switchyard-proc-'))
  const reader = createProcessReader({ platform: 'linux', procDir })
  expect(await reader.stateOf(process.pid)).toMatchObject({ kind: 'unknown' })
  rmSync(procDir, { recursive: true })
})

describe('other systems', () => {
  const asked: string[] = []
  const answering =
    (text: string): RunProgram =>
    async (program, args, env) => {
      asked.push([`LC_ALL=${env['LC_ALL']} TZ=${env['TZ']}`, program, ...args].join(' '))
      return text
    }

  it('macOS asks ps, in a language and time zone that never change', async () => {
    asked.length = 0
    const run = answering('  612     1   612   4312 S+   Sun Jan 11 00:00:01 2026    \n')
    const reader = createProcessReader({ platform: 'darwin', run })
    expect(await reader.stateOf(612)).toEqual({
      kind: 'running',
      startTime: 'Sun Jan 11 00:00:01 2026',
    })
    expect(await reader.stateOf(613)).toEqual({ kind: 'gone' })
    const [row] = await reader.table()
    expect(row && (await reader.rssBytesOf(row))).toBe(4312 * 1024)
    expect(asked).toEqual([
      'LC_ALL=C TZ=UTC ps -p 612 -o pid=,ppid=,pgid=,rss=,stat=,lstart=',
      'LC_ALL=C TZ=UTC ps -p 613 -o pid=,ppid=,pgid=,rss=,stat=,lstart=',
      'LC_ALL=C TZ=UTC ps -ax -o pid=,ppid=,pgid=,rss=,stat=,lstart=',
    ])
  })

  it('Windows asks CIM for one process or for all', async () => {
    asked.length = 0
    const run = answering('4711 800 52428800 639038817530123456\r\n')
    const reader = createProcessReader({ platform: 'win32', run })
    expect(await reader.stateOf(4711)).toEqual({
      kind: 'running',
      startTime: '639038817530123456',
    })
    const [row] = await reader.table()
    expect(row && (await reader.rssBytesOf(row))).toBe(52_428_800)
    expect(asked[0]).toContain('powershell.exe -NoProfile -NonInteractive -Command Get-CimInstance')
    expect(asked[0]).toContain("Win32_Process -Filter 'ProcessId=4711' -Property")
    expect(asked[1]).not.toContain('-Filter')
  })

  it('an answer that does not come leaves the state unknown, with the reason', async () => {
    const run: RunProgram = async () => {
      throw new Error('powershell.exe failed: not found')
    }
    const reader = createProcessReader({ platform: 'win32', run })
    expect(await reader.stateOf(1)).toEqual({
      kind: 'unknown',
      reason: 'powershell.exe failed: not found',
    })
    await expect(reader.table()).rejects.toThrow('not found')
  })

  it('a program that fails is an error that names it', async () => {
    await expect(runProgram(process.execPath, ['--no-such-option'], process.env)).rejects.toThrow(
      /failed: .*no-such-option/s,
    )
    await expect(runProgram('switchyard-no-such-program', [], process.env)).rejects.toThrow(
      /switchyard-no-such-program failed: .*ENOENT/,
    )
  })
})
