import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { quoted } from '../../protocol/messages.ts'
import { oomKillEvidence, readOomKills } from './kernel_oom.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'switchyard-oom-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function write(file: string, text: string): void {
  const full = path.join(root, file)
  mkdirSync(path.dirname(full), { recursive: true })
  writeFileSync(full, text)
}

it('version 2 of control groups counts in memory.events', () => {
  write('proc/vmstat', 'nr_free_pages 5\noom_kill 3\ndrop_pagecache 0\n')
  write('proc/self/cgroup', '0::/user.slice/app.scope\n')
  const events = 'sys/fs/cgroup/user.slice/app.scope/memory.events'
  write(events, 'low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n')
  const before = readOomKills('linux', root)
  expect(before).toEqual({ counts: { '/proc/vmstat': 3, [`/${events}`]: 1 }, reason: null })
  write(events, 'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n')
  const after = readOomKills('linux', root)
  expect(oomKillEvidence(before, after)?.message).toBe(
    `The kernel's count oom_kill in /${events} rose from 1 to 2.`,
  )
  expect(oomKillEvidence(after, after)).toBeNull()
})

it('version 1 counts in memory.oom_control', () => {
  write('proc/self/cgroup', '9:name=systemd:/\n4:cpu,memory:/docker/ab\n0::/\n')
  const control = 'sys/fs/cgroup/memory/docker/ab/memory.oom_control'
  write(control, 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n')
  expect(readOomKills('linux', root).counts).toEqual({ [`/${control}`]: 7 })
})

it('a count that is new, or lower after a restart of the machine, is not evidence', () => {
  const none = { counts: {}, reason: quoted('none') }
  const one = { counts: { '/proc/vmstat': 1 }, reason: null }
  expect(oomKillEvidence(none, one)).toBeNull()
  expect(oomKillEvidence(one, { counts: { '/proc/vmstat': 0 }, reason: null })).toBeNull()
})

it('without any count there is a reason', () => {
  expect(readOomKills('linux', root)).toMatchObject({
    counts: {},
    reason: { message: expect.stringContaining('proc/vmstat') },
  })
  expect(readOomKills('darwin').reason?.message).toContain('darwin')
  expect(readOomKills('win32').reason?.message).toContain('win32')
})

it.runIf(process.platform === 'linux')('this kernel has a count', () => {
  const { counts, reason } = readOomKills()
  expect(counts['/proc/vmstat']).toBeGreaterThanOrEqual(0)
  expect(reason).toBeNull()
})
