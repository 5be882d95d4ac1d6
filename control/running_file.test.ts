/** The files that advertise running panels, with real processes. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPanel } from '../cli/panel.ts'
import { createProcessReader } from './processes/process_reader.ts'
import { advertisePanel, runningPanels, type RunningPanel } from './running_file.ts'

const URL_8765 = 'http://127.0.0.1:8765/?token=secret'
const isPosix = process.platform !== 'win32'
let folder: string
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'running-')), 'running')
})
afterEach(() => {
  rmSync(path.dirname(folder), { recursive: true })
})

const advertise = (url = URL_8765) => advertisePanel({ folder, url, version: '1.2.3' })

/** What another panel would have written. */
async function alsoRuns(changes: Partial<RunningPanel>): Promise<string> {
  const own = path.join(folder, `${process.pid}.json`)
  const content = JSON.parse(readFileSync(own, 'utf8')) as RunningPanel
  const file = path.join(folder, `${changes.pid ?? process.pid}.json`)
  writeFileSync(file, JSON.stringify({ ...content, ...changes }))
  return file
}

/** The parent of this process stands in for a second panel. */
async function parentPanel(port: number): Promise<void> {
  const state = await createProcessReader().stateOf(process.ppid)
  if (state.kind !== 'running') throw new Error(`the parent is ${state.kind}`)
  await alsoRuns({ pid: process.ppid, start_time: state.startTime, port })
}

describe('a running panel', () => {
  it('is found with its port and token until it takes its file away', async () => {
    const advertisement = await advertise()
    expect(await runningPanels(folder)).toMatchObject([
      { pid: process.pid, host: '127.0.0.1', port: 8765, token: 'secret', version: '1.2.3' },
    ])
    await advertisement.remove()
    expect(await runningPanels(folder)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it.runIf(isPosix)('is readable by its own user only', async () => {
    const { file } = await advertise()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })
})

describe('a file that is left over', () => {
  it.each([
    ['whose pid another process has by now', { start_time: 'earlier' }],
    // Above every limit of Linux (2^22), macOS (99999) and, being odd, of Windows.
    ['whose process has ended', { pid: 2_147_483_647 }],
  ])('is ignored and removed: one %s', async (_what, changes) => {
    await advertise()
    const file = await alsoRuns(changes)
    const found = await runningPanels(folder)
    expect(
      found.map(({ pid, start_time: start }) => ({ pid, start_time: start })),
    ).not.toContainEqual(expect.objectContaining(changes))
    expect(existsSync(file)).toBe(false)
  })

  it('is ignored and left alone when it is damaged, or of another machine', async () => {
    await advertise()
    const other = await alsoRuns({ machine: 'elsewhere' })
    const damaged = path.join(folder, '12.json')
    writeFileSync(damaged, '{"format": 1')
    expect(await runningPanels(folder)).toEqual([])
    expect([existsSync(other), existsSync(damaged)]).toEqual([true, true])
  })

  it('is not looked for in a folder that is missing', async () => {
    expect(await runningPanels(path.join(folder, 'none'))).toEqual([])
  })
})

describe('of several panels', () => {
  const choose = (choice: { port?: string; url?: string }) =>
    findPanel({ folder, url: choice.url, port: choice.port, token: undefined })

  it('the one on the usual port is meant, or the one that is named', async () => {
    await advertise()
    await parentPanel(9001)
    expect(await choose({})).toEqual({ http: 'http://127.0.0.1:8765', token: 'secret' })
    expect(await choose({ port: '9001' })).toMatchObject({ http: 'http://127.0.0.1:9001' })
    await expect(choose({ port: '9002' })).rejects.toMatchObject({ exitCode: 3 })
  })

  it('none is guessed when none has the usual port; the error lists them', async () => {
    await advertise('http://127.0.0.1:9002/?token=secret')
    await parentPanel(9001)
    await expect(choose({})).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('9001, 9002') as string,
    })
  })

  it('an address takes the token of the panel that runs there, and no other', async () => {
    await advertise()
    expect(await choose({ url: 'http://127.0.0.1:8765/' })).toMatchObject({ token: 'secret' })
    expect(await choose({ url: 'http://127.0.0.1:8766' })).toMatchObject({ token: '' })
  })
})
