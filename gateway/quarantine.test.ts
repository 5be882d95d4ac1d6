import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InFlight, type InFlightEntry } from './in_flight.ts'
import { InputHash } from './input_hash.ts'
import { Quarantine } from './quarantine.ts'

let time = 0
const clock = { wall: () => time, monotonic: () => time }
const input = (name: string) => new InputHash([Buffer.from(name)])
const hashOf = (name: string) => input(name).get()

function setUp(file: string | null = null, hashesMax?: number) {
  const inFlight = new InFlight(clock)
  const warnings: string[] = []
  const quarantine = new Quarantine({
    inFlight,
    file,
    now: () => time,
    warn: (message) => warnings.push(message),
    ...(hashesMax === undefined ? {} : { hashesMax }),
  })
  const add = (name: string, targetId = 'eeg', backend = 'eeg') =>
    inFlight.add({ targetId, backend, requestId: name, bytes: 10, input: input(name) })
  return { inFlight, quarantine, warnings, add }
}

describe('refusal', () => {
  it('comes with the second crash, and names backend, hash, times and remedy', () => {
    const { quarantine, add } = setUp()
    time = Date.UTC(2026, 0, 2, 3, 4, 5)
    add('poison')
    quarantine.noteCrash('eeg', 'eeg')
    expect(quarantine.refusalOf('eeg', hashOf('poison'))).toBeNull()
    expect(quarantine.refusesAny('eeg')).toBe(false)
    add('poison')
    time += 60_000
    quarantine.noteCrash('eeg', 'eeg')
    const refusal = quarantine.refusalOf('eeg', hashOf('poison'))
    expect(refusal?.code).toBe('quarantined')
    expect(refusal?.message).toContain(hashOf('poison').slice(0, 12))
    expect(refusal?.message).toContain('2026-01-02T03:04:05.000Z, 2026-01-02T03:05:05.000Z')
    expect(refusal?.message).toMatch(/^eeg crashed .* clear it in the Switchyard panel/)
    expect(quarantine.refusalOf('emotion', hashOf('poison'))).toBeNull()
    expect(quarantine.refusesAny('emotion')).toBe(false)
  })

  it('holds for exactly those inputs that were in flight at two crashes of the backend', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('send' as const),
        name: fc.constantFrom('a', 'b', 'c', 'd'),
        target: fc.constantFrom('eeg-1', 'eeg-2', 'faces'),
      }),
      fc.record({
        do: fc.constantFrom('answer', 'lose'),
        pick: fc.nat({ max: 10 }),
      }),
      fc.record({
        do: fc.constantFrom('crash', 'crash', 'start'),
        target: fc.constantFrom('eeg-1', 'eeg-2', 'faces'),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { quarantine, inFlight, add } = setUp()
        let model: { name: string; target: string; entry: InFlightEntry; isOver: boolean }[] = []
        const crashes = new Map<string, number>()
        for (const one of steps) {
          switch (one.do) {
            case 'send': {
              const entry = add(one.name, one.target, backendOf(one.target))
              model.push({ name: one.name, target: one.target, entry, isOver: false })
              break
            }
            case 'answer':
            case 'lose': {
              const open = model.filter(({ isOver }) => !isOver)
              const chosen = open[one.pick % open.length]
              if (chosen === undefined) break
              chosen.isOver = true
              if (one.do === 'lose') chosen.entry.lost()
              else {
                chosen.entry.answered()
                model = model.filter((other) => other !== chosen)
              }
              break
            }
            case 'crash':
            case 'start': {
              const own = model.filter(({ target }) => target === one.target)
              if (one.do === 'start') inFlight.forget(one.target)
              else {
                quarantine.noteCrash(backendOf(one.target), one.target)
                for (const name of new Set(own.map((other) => other.name))) {
                  const key = `${backendOf(one.target)} ${name}`
                  crashes.set(key, (crashes.get(key) ?? 0) + 1)
                }
              }
              model = model.filter((other) => !own.includes(other))
              // Late crashes change nothing.
              for (const { entry } of own) entry.answered()
              for (const { entry } of own) entry.lost()
              break
            }
            default:
              one satisfies never
          }
        }
        for (const backend of ['eeg', 'faces']) {
          for (const name of ['a', 'b', 'c', 'd']) {
            const isRefused = quarantine.refusalOf(backend, hashOf(name)) !== null
            expect(isRefused).toBe((crashes.get(`${backend} ${name}`) ?? 0) >= 2)
          }
        }
        expect(inFlight.size).toBe(model.length)
      }),
    )
  })
})

const backendOf = (target: string) => target.replace(/-\d$/, '')

describe('in flight', () => {
  it('what was lost is a suspect for half a minute, and then no more', () => {
    const { inFlight, add } = setUp()
    time = 0
    add('a').lost()
    time = 29_999
    expect(inFlight.inFlightOf('eeg')).toHaveLength(1)
    time = 30_000
    expect(inFlight.inFlightOf('eeg')).toEqual([])
  })

  it('holds at most 10,000 that nobody will hear of', () => {
    const { inFlight, add } = setUp()
    for (let index = 0; index < 10_050; index++) add('a').lost()
    expect(inFlight.size).toBe(10_000)
  })

  it('lists target, backend, request, hash, size and time', () => {
    const { inFlight, add } = setUp()
    time = 5
    add('a')
    expect(inFlight.inFlightOf('eeg')).toEqual([
      { targetId: 'eeg', backend: 'eeg', requestId: 'a', hash: hashOf('a'), bytes: 10, since: 5 },
    ])
  })
})

describe('the bound', () => {
  it('many suspects of one crash do not push out what is refused', () => {
    const { quarantine, add } = setUp(null, 10)
    for (let crash = 0; crash < 2; crash++) {
      add('poison')
      quarantine.noteCrash('eeg', 'eeg')
    }
    for (let index = 0; index < 50; index++) add(`innocent ${index}`)
    quarantine.noteCrash('eeg', 'eeg')
    expect(quarantine.list()).toHaveLength(11)
    expect(quarantine.list().filter(({ isRefused }) => isRefused)).toHaveLength(1)
    expect(quarantine.refusalOf('eeg', hashOf('poison'))).not.toBeNull()
  })
})

describe('clear', () => {
  it('takes a hash, its first 12 digits or the whole backend, and nothing shorter', () => {
    const { quarantine, add } = setUp()
    for (const name of ['a', 'b', 'c']) add(name)
    quarantine.noteCrash('eeg', 'eeg')
    expect(quarantine.clear('eeg', hashOf('a').slice(0, 11))).toBe(0)
    expect(quarantine.clear('faces')).toBe(0)
    expect(quarantine.clear('eeg', hashOf('a').slice(0, 12))).toBe(1)
    expect(quarantine.clear('eeg', hashOf('b'))).toBe(1)
    expect(quarantine.clear('eeg')).toBe(1)
    expect(quarantine.list()).toEqual([])
  })
})

describe('the file', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'quarantine-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('keeps refused inputs and suspects over a restart, in a folder that it makes', async () => {
    const file = path.join(folder, 'new', 'quarantine.json')
    const first = setUp(file)
    for (const names of [['poison', 'a'], ['poison']]) {
      for (const name of names) first.add(name)
      first.quarantine.noteCrash('eeg', 'eeg')
    }
    await first.quarantine.flush()
    const second = setUp(file)
    expect(second.quarantine.list()).toEqual(first.quarantine.list())
    expect(second.quarantine.refusalOf('eeg', hashOf('poison'))).not.toBeNull()
    expect(second.warnings).toEqual([])
    second.quarantine.clear('eeg')
    await second.quarantine.flush()
    expect(setUp(file).quarantine.list()).toEqual([])
    expect(await readdir(path.dirname(file))).toEqual(['quarantine.json'])
  })

  it.each(['{', '{"format":1,"inputs":[{"backend":"eeg","hash":"short","crashes":[1]}]}', '[]'])(
    'that is damaged (%s) is warned of and begins empty',
    async (text) => {
      const file = path.join(folder, 'quarantine.json')
      await writeFile(file, text)
      const { quarantine, warnings } = setUp(file)
      expect(quarantine.list()).toEqual([])
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain(file)
    },
  )

  it('that cannot be written is warned of, and the quarantine works on', async () => {
    await writeFile(path.join(folder, 'file'), '')
    const { quarantine, warnings, add } = setUp(path.join(folder, 'file', 'quarantine.json'))
    add('a')
    quarantine.noteCrash('eeg', 'eeg')
    await quarantine.flush()
    expect(quarantine.list()).toHaveLength(1)
    expect(warnings.at(-1)).toContain('cannot be written')
  })
})
