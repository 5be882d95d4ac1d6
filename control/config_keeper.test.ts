import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ConfigEdit } from '../config/edit.ts'
import { temporaryConfig } from '../testing/processes.ts'
import { ConfigKeeper } from './config_keeper.ts'

const TEXT = 'model_backends:\n  eeg:\n    port: 8769 # its own\n    enabled: false\n'

let keeper: ConfigKeeper
let file: string
let remove: () => void
beforeEach(async () => {
  ;({ file, remove } = temporaryConfig(TEXT))
  keeper = new ConfigKeeper({
    file,
    open: () => [],
    apply: async () => [],
    wordsOf: () => Promise.resolve(null),
    onChange: () => undefined,
    onProblems: () => undefined,
    now: () => 0,
  })
  await keeper.open([{ host: '127.0.0.1', port: 8765, owner: 'the gateway' }])
})
afterEach(async () => {
  await keeper.close()
  remove()
})

const set = (key: string, value: unknown): ConfigEdit => ({
  edit: 'set',
  backend: 'eeg',
  path: [key],
  value,
})
const onDisk = () => readFileSync(file, 'utf8')

it('a dry run returns the text and what each key does, and writes nothing', async () => {
  const edits = [set('request_timeout', 9), set('port', 8770), set('enabled', true)]
  const { text, problems, is_stale: isStale, effects } = await keeper.tryEdit(TEXT, edits)
  expect(text).toContain('port: 8770 # its own')
  expect({ problems, isStale }).toEqual({ problems: [], isStale: false })
  expect(effects.map(({ key, effect }) => `${key} ${effect}`).sort()).toEqual([
    'enabled switch',
    'port restart',
    'request_timeout live',
  ])
  expect(onDisk()).toBe(TEXT)
})

it('a default that is written out has no effect', async () => {
  const { text, effects } = await keeper.tryEdit(TEXT, [set('request_timeout', 30)])
  expect(text).not.toBe(TEXT)
  expect(effects).toEqual([])
})

it('a dry run of a fault answers with key and remedy', async () => {
  expect(await keeper.tryEdit(TEXT, [set('port', 8765)])).toMatchObject({
    text: TEXT,
    problems: [
      { key: 'model_backends.eeg.port', remedy: expect.stringContaining('8766') as string },
    ],
    effects: [],
  })
})

it('an edit returns what it wrote; over a file that has changed it writes nothing and reports that it is stale', async () => {
  const written = await keeper.edit(TEXT, [set('request_timeout', 9)])
  expect(written).toMatchObject({ problems: [], is_stale: false, effects: [{ effect: 'live' }] })
  expect(onDisk()).toBe(written.text)
  writeFileSync(file, `${TEXT}# another\n`)
  expect(await keeper.tryEdit(TEXT, [set('port', 8770)])).toMatchObject({
    problems: [],
    is_stale: true,
  })
  expect(await keeper.edit(TEXT, [set('port', 8770)])).toMatchObject({
    problems: [{ message: expect.stringContaining('changed') as string }],
    is_stale: true,
  })
  expect(onDisk()).toBe(`${TEXT}# another\n`)
})

it('nothing is known of effects while the file itself would not load', async () => {
  const broken = TEXT.replace('8769', '1')
  writeFileSync(file, broken)
  const fixed = await keeper.tryEdit(broken, [set('port', 8769)])
  expect(fixed).toMatchObject({ problems: [], effects: [], is_stale: false })
  expect(fixed.text).toBe(TEXT)
})

it('the file is returned with its sections; a missing one is an error', async () => {
  expect(await keeper.file()).toMatchObject({
    text: TEXT,
    sections: [
      { backend: 'eeg', values: { port: 8769, enabled: false }, first_line: 2, last_line: 4 },
    ],
  })
  remove()
  await expect(keeper.file()).rejects.toThrow(/cannot be read \(ENOENT\)/)
})
