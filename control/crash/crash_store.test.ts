import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CrashCard } from '../../protocol/crash.ts'
import { CrashStore, type CrashStoreOptions } from './crash_store.ts'

const DAY = Date.UTC(2026, 0, 1)
let root: string
let folder: string
let warnings: string[]

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'switchyard-crash-'))
  folder = path.join(root, 'crashes')
  warnings = []
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const storeOf = (options: Partial<CrashStoreOptions> = {}) =>
  new CrashStore({ folder, warn: (text) => warnings.push(text), now: () => Date.now(), ...options })

function cardOf(n: number, backend = 'emotion', message = 'line'): CrashCard {
  const time = DAY + n * 1000
  const stamp = new Date(time).toISOString().replaceAll(/[-:.]/g, '')
  return {
    format: 1,
    id: `${stamp}-${backend}-0000000a`,
    backend,
    time,
    exit: { code: 1, signal: null, failure: null, words: 'exit code 1' },
    kill_reason: null,
    phase: 'ready',
    pid: 4711,
    attempt: 1,
    uptime_ms: 1000,
    provider: 'CPU',
    versions: { switchyard: '0.1.0', node: null, platform: 'linux x64', onnxruntime: null },
    cause: null,
    log: [{ seq: 1, time, level: 'info', source: backend, message }],
    log_omitted: 0,
    memory: [],
    memory_reason: 'it did not live long enough',
    in_flight: [],
    in_flight_omitted: 0,
    config: {},
  }
}

describe('the store', () => {
  it('is empty before the first crash, without a folder', async () => {
    expect(await storeOf().list()).toEqual([])
    expect(await storeOf().get(cardOf(1).id)).toBeNull()
  })

  it('gives back what was added, newest first, also to the next control plane', async () => {
    const store = storeOf()
    for (const card of [cardOf(2), cardOf(3, 'eeg'), cardOf(1)]) await store.add(card)
    for (const each of [store, storeOf()]) {
      const found = await each.list()
      expect(found.map(({ id }) => id)).toEqual([cardOf(3, 'eeg').id, cardOf(2).id, cardOf(1).id])
      expect(await each.list('eeg')).toHaveLength(1)
      expect(await each.get(cardOf(2).id)).toEqual(cardOf(2))
    }
  })

  it('keeps the newest of each backend', async () => {
    const store = storeOf({ cardsPerBackendMax: 2 })
    await store.add(cardOf(0, 'eeg'))
    await Promise.all([1, 2, 3, 4].map((n) => store.add(cardOf(n))))
    const ids = (await store.list()).map(({ id }) => id)
    expect(ids).toEqual([cardOf(4).id, cardOf(3).id, cardOf(0, 'eeg').id])
    expect(readdirSync(folder)).toHaveLength(3)
  })

  it('keeps no more bytes than its bound, and the newest of all backends', async () => {
    const bytes = JSON.stringify(cardOf(1)).length
    const store = storeOf({ bytesMax: bytes * 3 })
    for (const n of [1, 2, 3, 4, 5]) await store.add(cardOf(n))
    expect((await store.list()).map(({ time }) => time)).toEqual(
      [5, 4, 3].map((n) => cardOf(n).time),
    )
  })

  it('rejects a card above the limit, with the reason', async () => {
    const store = storeOf({ bytesMax: 1000 })
    await expect(store.add(cardOf(1, 'emotion', 'x'.repeat(1000)))).rejects.toThrow(
      /above the limit of 1000 for all cards; reduce its log lines/,
    )
    expect(await store.list()).toEqual([])
  })

  it.each([
    ['half of a card', JSON.stringify(cardOf(2)).slice(0, 100)],
    ['a card of a later form', JSON.stringify({ ...cardOf(2), format: 2 })],
    ['nothing', ''],
  ])('skips %s with one warning', async (_what, text) => {
    const store = storeOf()
    await store.add(cardOf(1))
    writeFileSync(path.join(folder, `${cardOf(2).id}.json`), text)
    for (let reading = 0; reading < 2; reading++) {
      expect((await store.list()).map(({ id }) => id)).toEqual([cardOf(1).id])
    }
    expect(await store.get(cardOf(2).id)).toBeNull()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`${cardOf(2).id}.json is damaged`)
    await store.add(cardOf(2))
    expect(await store.get(cardOf(2).id)).toEqual(cardOf(2))
  })

  it('removes a card once', async () => {
    const store = storeOf()
    await store.add(cardOf(1))
    expect(await store.remove(cardOf(1).id)).toBe(true)
    expect(await store.remove(cardOf(1).id)).toBe(false)
    expect(await store.list()).toEqual([])
  })

  it.each(['../secret', '..', 'secret.json', ''])('finds nothing outside by "%s"', async (id) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(root, 'secret.json'), JSON.stringify(cardOf(1)))
    const store = storeOf()
    expect(await store.get(id)).toBeNull()
    expect(await store.remove(id)).toBe(false)
    await expect(store.add({ ...cardOf(1), id })).rejects.toThrow(/not a valid crash card id/)
    expect(readdirSync(root)).toContain('secret.json')
  })

  it('does not see, and in time removes, what a writer that was killed left behind', async () => {
    mkdirSync(folder, { recursive: true })
    const [old, young] = ['old', 'young'].map((name) => path.join(folder, `${name}.1.unfinished`))
    for (const file of [old, young]) writeFileSync(file ?? '', '{')
    const yesterday = new Date(Date.now() - 86_400_000)
    utimesSync(old ?? '', yesterday, yesterday)
    const store = storeOf()
    await store.add(cardOf(1))
    expect(await store.list()).toHaveLength(1)
    expect(readdirSync(folder).sort()).toEqual([`${cardOf(1).id}.json`, 'young.1.unfinished'])
  })

  it('reports a write error, and continues afterwards', async () => {
    writeFileSync(folder, 'a file where the folder should be')
    const store = storeOf()
    await expect(store.add(cardOf(1))).rejects.toThrow(/EEXIST|ENOTDIR/)
    rmSync(folder)
    await store.add(cardOf(2))
    expect(await store.list()).toHaveLength(1)
  })
})
