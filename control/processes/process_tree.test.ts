import { afterEach, describe, expect, it } from 'vitest'
import { endStarted, startNode } from '../../testing/processes.ts'
import { createProcessReader, type ProcessReader } from './process_reader.ts'
import type { ProcessRow } from './process_text.ts'
import { processTreeRss, treeOf, treeRss } from './process_tree.ts'

afterEach(endStarted)

const rowOf = (pid: number, parentPid: number, given: Partial<ProcessRow> = {}): ProcessRow => ({
  ...{ pid, parentPid, groupId: 1, startTime: `at ${pid}`, startOrder: pid, rssBytes: pid },
  ...given,
})
const pidsOf = (rows: ProcessRow[]) => rows.map(({ pid }) => pid).sort((a, b) => a - b)

describe('a tree', () => {
  it('holds children and their children, and nobody else', () => {
    const table = [rowOf(2, 1), rowOf(12, 10), rowOf(10, 2), rowOf(13, 12), rowOf(20, 2)]
    const tree = treeOf(table, 10)
    expect(tree[0]?.pid).toBe(10)
    expect(pidsOf(tree)).toEqual([10, 12, 13])
    expect(treeOf(table, 99)).toEqual([])
  })

  it('holds what is left in the group that it leads, with its children', () => {
    const left = rowOf(12, 1, { groupId: 10 })
    const table = [rowOf(10, 2, { groupId: 10 }), left, rowOf(14, 12), rowOf(15, 1)]
    expect(pidsOf(treeOf(table, 10))).toEqual([10, 12, 14])
    expect(pidsOf(treeOf([rowOf(10, 2, { groupId: 5 }), left], 10))).toEqual([10])
  })

  it('does not hold one that is older than its parent: that pid was somebody else then', () => {
    expect(pidsOf(treeOf([rowOf(10, 2), rowOf(5, 10)], 10))).toEqual([10])
  })

  it('ends where a table goes round in a circle', () => {
    const same = { startOrder: 1 }
    expect(pidsOf(treeOf([rowOf(10, 11, same), rowOf(11, 10, same)], 10))).toEqual([10, 11])
  })
})

describe('the RAM of a tree', () => {
  it('is that of the process and of what it started', async () => {
    const reader = createProcessReader()
    const script = `
      const child = require('node:child_process').spawn(process.execPath,
        ['-e', 'console.log("child"); setInterval(() => 0, 1000)'], { stdio: ['pipe', 'inherit', 'inherit'] })
      console.log('pid', child.pid)
      process.on('SIGTERM', () => { child.kill(); process.exit() })`
    const parent = startNode(['-e', script])
    const childPid = Number((await parent.waitFor(/pid (\d+)/))[1])
    await parent.waitFor(/child/)
    const table = await reader.table()
    const sizeOf = async (pid: number) =>
      reader.rssBytesOf(table.find((row) => row.pid === pid) as ProcessRow)
    const [own, childs] = await Promise.all([sizeOf(parent.pid), sizeOf(childPid)])
    const { bytes, reason } = await treeRss(reader, table, parent.pid)
    expect(reason).toBeNull()
    // Both keep running while they are read.
    expect(bytes).toBeGreaterThan(0.8 * ((own ?? 0) + (childs ?? 0)))
    expect(bytes).toBeLessThan(1.2 * ((own ?? 0) + (childs ?? 0)))
    expect(Math.min(own ?? 0, childs ?? 0)).toBeGreaterThan(1024 ** 2)
    expect((await processTreeRss(parent.pid)).bytes).toBeGreaterThan(own ?? 0)
  })

  it.each<[string, Partial<ProcessReader>, RegExp]>([
    ['nobody has the pid', { table: async () => [] }, /no process with the pid 7/],
    ['it may not be read', { table: async () => [rowOf(7, 1)] }, /RAM of pid 7 may not be read/],
    [
      'the system does not answer',
      { table: () => Promise.reject(new Error('ps failed: no')) },
      /^ps failed: no$/,
    ],
  ])('is unknown, with the reason, when %s', async (_what, given, reason) => {
    const reader: ProcessReader = {
      platform: 'darwin',
      stateOf: async () => ({ kind: 'gone' }),
      table: async () => [],
      trees: async () => [],
      rssBytesOf: async () => null,
      describe: async () => ({ name: null, owner: null }),
      marked: async () => [],
      ...given,
    }
    expect(await processTreeRss(7, reader)).toMatchObject({
      bytes: null,
      reason: { message: expect.stringMatching(reason) as string },
    })
  })
})
