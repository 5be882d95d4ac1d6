import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tightenStateDir, stateLayout } from './state_dir.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'state-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const modeOf = (...parts: string[]) => statSync(path.join(folder, ...parts)).mode & 0o777

describe.skipIf(process.platform === 'win32')('the state folder', () => {
  it('is created for its owner alone', async () => {
    const stateDir = path.join(folder, 'new', 'state')
    expect(await tightenStateDir(stateDir)).toEqual([])
    expect(modeOf('new', 'state')).toBe(0o700)
  })

  it('has its folders and files of an earlier version tightened', async () => {
    for (const name of ['logs', 'metrics/8765', 'crashes', 'events', 'processes', 'running']) {
      mkdirSync(path.join(folder, name), { recursive: true })
      writeFileSync(path.join(folder, name, 'old'), '')
      chmodSync(path.join(folder, name), 0o755)
      chmodSync(path.join(folder, name, 'old'), 0o644)
    }
    expect(await tightenStateDir(folder)).toEqual([])
    for (const name of readdirSync(folder)) expect(modeOf(name), name).toBe(0o700)
    expect(modeOf('metrics', '8765')).toBe(0o700)
    expect(modeOf('metrics', '8765', 'old')).toBe(0o600)
    expect(modeOf('logs', 'old')).toBe(0o600)
  })

  it('keeps its own mode, the files of others beside ours, and where a link leads', async () => {
    chmodSync(folder, 0o750)
    writeFileSync(path.join(folder, 'other'), '')
    chmodSync(path.join(folder, 'other'), 0o644)
    mkdirSync(path.join(folder, 'logs'))
    symlinkSync('../other', path.join(folder, 'logs', 'link'))
    expect(await tightenStateDir(folder)).toEqual([])
    expect(modeOf()).toBe(0o750)
    expect(modeOf('other')).toBe(0o644)
  })

  it('reports what cannot be created, and goes on', async () => {
    writeFileSync(path.join(folder, 'file'), '')
    const faults = await tightenStateDir(path.join(folder, 'file'))
    expect(faults.join()).toContain('file')
  })
})

const layout = stateLayout('/state')
const filesOf = (host: string) => [
  layout.eventsOf({ host, port: 43001 }),
  layout.metricsOf({ host, port: 43001 }),
]

it('two planes on the same port of two hosts share no file', () => {
  const hosts = ['127.0.0.1', '::1', 'localhost', '10.0.0.7', '::', 'fe80::1%eth0']
  expect(new Set(hosts.flatMap(filesOf)).size).toBe(2 * hosts.length)
  for (const file of hosts.flatMap(filesOf)) expect(file).toMatch(/^\/state\/\w+\/[\w.-]+$/)
})

it('the files of the default host keep their names', () => {
  expect(filesOf('127.0.0.1')).toEqual(['/state/events/43001.json', '/state/metrics/43001'])
  expect(filesOf('0.0.0.0')).toEqual(filesOf('127.0.0.1'))
})
