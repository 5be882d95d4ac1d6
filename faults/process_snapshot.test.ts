/** Orphans must be found on every system, by its own process table. */
import { afterEach, describe, expect, it } from 'vitest'
import { endStarted, startNode, until } from '../testing/processes.ts'
import { ProcessSnapshot, descendantsOf } from './process_snapshot.ts'
import { parsePsTable, parseStat, parseWindowsTable, processTable } from './process_table.ts'

afterEach(endStarted)

/** Starts a child in a new session, which survives its parent, and prints its pid. */
const LEAVER = `
const { spawn } = require('node:child_process')
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
console.log('child ' + child.pid)
setInterval(() => {}, 1000)`

describe('the snapshot', () => {
  it('finds the child that outlives its parent, and no longer once it has exited', async () => {
    const parent = startNode(['-e', LEAVER])
    const child = Number((await parent.waitFor(/child (\d+)/))[1])
    const processes = new ProcessSnapshot(parent.pid, 0)
    try {
      await processes.look(parent.pid)
      expect(new Set(await processes.running())).toEqual(new Set([parent.pid, child]))
      parent.signal('SIGKILL')
      await parent.exited
      expect(await processes.running()).toEqual([child])
      expect(await processes.end()).toEqual([child])
    } finally {
      await processes.clear()
    }
    await until('the child to be gone', async () => (await processes.running()).length === 0)
  })

  it('descendants are children of children too, whatever the order of the table', () => {
    const line = (pid: number, parentPid: number) => ({ pid, parentPid, startTime: '1' })
    const table = [line(4, 3), line(3, 2), line(2, 1), line(9, 8)]
    expect(descendantsOf(table, new Set([1])).map(({ pid }) => pid)).toEqual([2, 3, 4])
  })
})

describe('the table of processes', () => {
  it('holds this process and its parent', async () => {
    const own = (await processTable(process.platform)).find(({ pid }) => pid === process.pid)
    expect(own?.parentPid).toBe(process.ppid)
    expect(own?.startTime).not.toBe('')
  })

  it.each([
    [
      'a name with brackets and spaces',
      '812 (a (b) c) S 7 812 812 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0',
      { pid: 812, parentPid: 7, startTime: '4711' },
    ],
    ['one that has ended', '812 (node) Z 7 812 812 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0', null],
  ])('Linux: %s', (_what, text, wanted) => {
    expect(parseStat(text)).toEqual(wanted)
  })

  it('macOS: lines of ps, without those that have ended', () => {
    const text = [
      '    1     0 Ss   Mon Nov 24 10:12:13 2025',
      '  812     1 S+   Mon Nov 24 10:15:00 2025',
      '  813   812 Z    Mon Nov 24 10:15:01 2025',
    ].join('\n')
    expect(parsePsTable(text)).toEqual([
      { pid: 1, parentPid: 0, startTime: 'Mon Nov 24 10:12:13 2025' },
      { pid: 812, parentPid: 1, startTime: 'Mon Nov 24 10:15:00 2025' },
    ])
  })

  it('Windows: lines of our CIM query', () => {
    expect(parseWindowsTable('0 0 \r\n4312 1020 638990000000000000\r\n')).toEqual([
      { pid: 0, parentPid: 0, startTime: '' },
      { pid: 4312, parentPid: 1020, startTime: '638990000000000000' },
    ])
  })
})
