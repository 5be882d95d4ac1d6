/** A file that changes under the control plane: which text is applied, when, and what is told while it cannot be. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ModelsConfig } from '../protocol/config.ts'
import { temporaryConfig, until } from '../testing/processes.ts'
import { ConfigKeeper } from './config_keeper.ts'
import type { ApplyFaults } from './supervisor/fleet.ts'

const textOf = (timeout: number) =>
  `model_backends:\n  eeg:\n    port: 8769\n    request_timeout: ${timeout}\n`
const BROKEN = 'model_backends:\n  eeg:\n    port: 1\n'
const timeoutOf = ({ model_backends: { eeg } }: ModelsConfig) => eeg?.request_timeout

interface Application {
  timeout: number | undefined
  end(faults?: ApplyFaults): void
}

let keeper: ConfigKeeper
let file: string
let remove: () => void
/** What was opened and applied, by the timeout that tells the texts apart. */
let opened: (number | undefined)[]
let begun: Application[]
let problemsTold: number
let time: number

function create(text: string): void {
  ;({ file, remove } = temporaryConfig(text))
  keeper = new ConfigKeeper({
    file,
    open: (config) => opened.push(timeoutOf(config)),
    apply: (config) =>
      new Promise((resolve) => {
        const end = (faults: ApplyFaults = []) => {
          resolve(faults)
        }
        begun.push({ timeout: timeoutOf(config), end })
      }),
    onChange: () => undefined,
    onProblems: () => problemsTold++,
    warn: (message) => {
      throw new Error(message)
    },
    now: () => time,
  })
  keeper.open([])
}

beforeEach(() => {
  opened = []
  begun = []
  problemsTold = 0
  time = 100
})
afterEach(async () => {
  for (const { end } of begun) end()
  await keeper.close()
  remove()
})

const timeouts = () => begun.map(({ timeout }) => timeout)
const isBegun = (count: number) =>
  until(`application ${count} to begin`, () => begun.length === count)
const keys = () => keeper.view().problems.map(({ key }) => key)

it('the file is opened once, and each good text after it is applied', async () => {
  create(textOf(1))
  expect({ opened, loaded: keeper.view().loaded_at }).toEqual({ opened: [1], loaded: 100 })
  time = 200
  writeFileSync(file, textOf(2))
  await isBegun(1)
  expect(keeper.view().loaded_at).toBe(100)
  begun[0]?.end()
  await until('it to be in force', () => keeper.view().loaded_at === 200)
  expect({ opened, applied: timeouts() }).toEqual({ opened: [1], applied: [2] })
})

it('an editor that saves by renaming is noticed too', async () => {
  create(textOf(1))
  const beside = path.join(path.dirname(file), 'models.yaml.tmp')
  writeFileSync(beside, textOf(2))
  renameSync(beside, file)
  await isBegun(1)
  expect(timeouts()).toEqual([2])
})

it('a text with a fault is told once and changes nothing, until it is mended', async () => {
  create(textOf(1))
  writeFileSync(file, BROKEN)
  await until('the fault to be told', () => problemsTold === 1)
  expect(keys()).toEqual(['model_backends.eeg.port'])
  writeFileSync(file, textOf(3))
  await isBegun(1)
  begun[0]?.end()
  await until('the fault to be gone', () => keys().length === 0)
  expect({ opened, applied: timeouts(), problemsTold }).toEqual({
    opened: [1],
    applied: [3],
    problemsTold: 1,
  })
})

it('a file that is faulty from the start is opened when it is mended', async () => {
  create(BROKEN)
  expect({ opened, loaded: keeper.view().loaded_at, problemsTold }).toEqual({
    opened: [],
    loaded: null,
    problemsTold: 1,
  })
  writeFileSync(file, textOf(4))
  await until('it to be opened', () => opened.length === 1)
  expect({ opened, begun }).toEqual({ opened: [4], begun: [] })
})

it('a configuration that was taken back is told with its backend, and is not in force', async () => {
  create(textOf(1))
  time = 200
  writeFileSync(file, textOf(2))
  await isBegun(1)
  begun[0]?.end([{ backend: 'eeg', reason: 'exit code 1' }])
  await until('it to be told', () => problemsTold === 1)
  expect(keeper.view()).toMatchObject({
    loaded_at: 100,
    problems: [
      {
        key: 'model_backends.eeg',
        message: 'was taken back, eeg did not become ready with it: exit code 1',
      },
    ],
  })
  expect(readFileSync(file, 'utf8')).toBe(textOf(2))
})

describe('during an application', () => {
  beforeEach(() => {
    // Nothing is read from the disk but what these tests have waited for.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Saves it, and lets the keeper find the file quiet. */
  async function save(before: number, after: number): Promise<void> {
    const saved = await keeper.edit(textOf(before), [
      { edit: 'set', backend: 'eeg', path: ['request_timeout'], value: after },
    ])
    expect(saved).toMatchObject({ text: textOf(after), problems: [] })
    await vi.advanceTimersByTimeAsync(1000)
  }

  it('what is saved waits for its end, and then the last text counts', async () => {
    create(textOf(1))
    await save(1, 2)
    await save(2, 3)
    await save(3, 4)
    expect(timeouts()).toEqual([2])
    begun[0]?.end()
    await vi.advanceTimersByTimeAsync(0)
    expect(timeouts()).toEqual([2, 4])
  })

  it('the end waits for it, and nothing is applied afterwards', async () => {
    create(textOf(1))
    await save(1, 2)
    await save(2, 3)
    let isClosed = false
    const closing = keeper.close().then(() => {
      isClosed = true
    })
    await vi.advanceTimersByTimeAsync(1000)
    expect(isClosed).toBe(false)
    begun[0]?.end()
    await closing
    expect(timeouts()).toEqual([2])
  })
})
