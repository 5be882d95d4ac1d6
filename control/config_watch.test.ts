import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { quoted } from '../protocol/messages.ts'
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
  /** null: superseded. */
  end(faults?: ApplyFaults | null): void
  fail(error: Error): void
}

let keeper: ConfigKeeper
let file: string
let remove: () => void
/** The opened and applied texts, identified by their timeout. */
let opened: (number | undefined)[]
let begun: Application[]
let problemsTold: number
let time: number

async function create(text: string, at?: (file: string) => string): Promise<void> {
  ;({ file, remove } = temporaryConfig(text))
  if (at !== undefined) file = at(file)
  keeper = new ConfigKeeper({
    file,
    open: (config) => {
      opened.push(timeoutOf(config))
      return []
    },
    apply: (config) =>
      new Promise((resolve, fail) => {
        const end = (faults: ApplyFaults | null = []) => {
          resolve(faults)
        }
        begun.push({ timeout: timeoutOf(config), end, fail })
      }),
    wordsOf: ({ backend, reason }, tried) =>
      Promise.resolve(
        backend === null
          ? null
          : {
              key: `model_backends.${backend}.request_timeout`,
              message: `${backend} keeps 1, not ${timeoutOf(tried)}: ${reason.message}.`,
              remedy: '',
              taken_back: backend,
            },
      ),
    onChange: () => undefined,
    onProblems: () => problemsTold++,
    now: () => time,
  })
  await keeper.open([])
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
  await create(textOf(1))
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
  await create(textOf(1))
  const beside = path.join(path.dirname(file), 'models.yaml.tmp')
  writeFileSync(beside, textOf(2))
  renameSync(beside, file)
  await isBegun(1)
  expect(timeouts()).toEqual([2])
})

it('a text with a fault is reported once and changes nothing, until it is fixed', async () => {
  await create(textOf(1))
  writeFileSync(file, BROKEN)
  await until('the fault to be reported', () => problemsTold === 1)
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

it('a file that is faulty from the start is opened when it is fixed', async () => {
  await create(BROKEN)
  expect({ opened, loaded: keeper.view().loaded_at, problemsTold }).toEqual({
    opened: [],
    loaded: null,
    problemsTold: 1,
  })
  writeFileSync(file, textOf(4))
  await until('it to be opened', () => opened.length === 1)
  expect({ opened, begun }).toEqual({ opened: [4], begun: [] })
})

it('a reverted configuration is reported with its backend, and is not active', async () => {
  await create(textOf(1))
  time = 200
  writeFileSync(file, textOf(2))
  await isBegun(1)
  begun[0]?.end([{ backend: 'eeg', reason: quoted('exit code 1') }])
  await until('it to be reported', () => problemsTold === 1)
  expect(keeper.view()).toMatchObject({
    loaded_at: 100,
    problems: [
      {
        file,
        line: 4,
        key: 'model_backends.eeg.request_timeout',
        message: 'eeg keeps 1, not 2: exit code 1.',
        remedy: '',
        taken_back: 'eeg',
      },
    ],
  })
  expect(readFileSync(file, 'utf8')).toBe(textOf(2))
})

describe('during an application', () => {
  const save = (timeout: number) => {
    writeFileSync(file, textOf(timeout))
  }

  it('a later text is applied without waiting for its end', async () => {
    await create(textOf(1))
    save(2)
    await isBegun(1)
    save(3)
    await isBegun(2)
    time = 200
    begun[0]?.end(null)
    begun[1]?.end()
    await until('the later one to be in force', () => keeper.view().loaded_at === 200)
    expect({ applied: timeouts(), problemsTold }).toEqual({ applied: [2, 3], problemsTold: 0 })
  })

  it('a text with a fault keeps its notice when an older one comes into force', async () => {
    await create(textOf(1))
    save(2)
    await isBegun(1)
    writeFileSync(file, BROKEN)
    await until('the fault to be reported', () => problemsTold === 1)
    time = 200
    begun[0]?.end()
    await until('the older one to be in force', () => keeper.view().loaded_at === 200)
    expect(keys()).toEqual(['model_backends.eeg.port'])
  })

  it('the end waits for it', async () => {
    await create(textOf(1))
    save(2)
    await isBegun(1)
    let isClosed = false
    const closing = keeper.close().then(() => {
      isClosed = true
    })
    await Promise.resolve()
    expect(isClosed).toBe(false)
    begun[0]?.end()
    await closing
    expect(timeouts()).toEqual([2])
  })

  it('one that throws is a problem of the file, and the next is applied', async () => {
    await create(textOf(1))
    save(2)
    await isBegun(1)
    begun[0]?.fail(new Error('no more processes'))
    await until('it to be reported', () => problemsTold === 1)
    expect(keeper.view().problems).toMatchObject([
      { key: '', message: 'The configuration could not be applied: no more processes.' },
    ])
    save(3)
    await isBegun(2)
  })
})

describe.skipIf(process.platform === 'win32')('a file is noticed', () => {
  const folderOf = (one: string) => path.dirname(one)

  it('through a link, edited in place and replaced by renaming', async () => {
    await create(textOf(1), (real) => {
      const link = path.join(folderOf(real), 'link.yaml')
      symlinkSync(real, link)
      return link
    })
    const real = realpathSync(file)
    writeFileSync(real, textOf(2))
    await isBegun(1)
    writeFileSync(`${real}.new`, textOf(3))
    renameSync(`${real}.new`, real)
    await isBegun(2)
    expect(timeouts()).toEqual([2, 3])
  })

  it('in the layout of a ConfigMap, whose folder is switched', async () => {
    await create(textOf(1), (real) => {
      const folder = folderOf(real)
      for (const version of [1, 2]) {
        mkdirSync(path.join(folder, `..v${version}`))
        writeFileSync(path.join(folder, `..v${version}`, 'models.yaml'), textOf(version))
      }
      symlinkSync('..v1', path.join(folder, '..data'))
      rmSync(real)
      symlinkSync('..data/models.yaml', real)
      return real
    })
    const folder = folderOf(file)
    symlinkSync('..v2', path.join(folder, '..data_tmp'))
    renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'))
    await isBegun(1)
    expect(timeouts()).toEqual([2])
  })

  it('in a folder that is replaced, and when it changes again there', async () => {
    await create(textOf(1), (real) => {
      const folder = path.join(folderOf(real), 'config')
      mkdirSync(folder)
      const inside = path.join(folder, 'models.yaml')
      renameSync(real, inside)
      return inside
    })
    const folder = folderOf(file)
    renameSync(folder, `${folder}.old`)
    mkdirSync(folder)
    writeFileSync(file, textOf(2))
    await isBegun(1)
    writeFileSync(file, textOf(3))
    await isBegun(2)
    expect(timeouts()).toEqual([2, 3])
  })

  it('while a tool writes it again and again', async () => {
    await create(textOf(1))
    const writing = setInterval(() => {
      writeFileSync(file, textOf(2))
    }, 100)
    try {
      await isBegun(1)
    } finally {
      clearInterval(writing)
    }
  })

  it('that becomes a pipe and a file again, without a stop', async () => {
    await create(textOf(1))
    rmSync(file)
    execFileSync('mkfifo', [file])
    await until('the fault to be reported', () => problemsTold === 1)
    expect(keeper.view().problems).toMatchObject([{ line: null }])
    rmSync(file)
    writeFileSync(file, textOf(2))
    await isBegun(1)
  })
})
