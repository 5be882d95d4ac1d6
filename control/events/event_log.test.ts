import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PlaneEvent } from '../../protocol/events.ts'
import { EVENT_BYTES_MAX, EventLog } from './event_log.ts'

let folder = ''
let file = ''
const told: PlaneEvent[] = []
const warnings: string[] = []

const create = () =>
  new EventLog({
    now: () => 5,
    onEvent: (event) => told.push(event),
    warn: (message) => warnings.push(message),
  })
const EVENT = { kind: 'action', level: 'info', backend: 'emotion' } as const

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'switchyard-events-'))
  file = path.join(folder, 'deep', 'events.json')
  told.length = 0
  warnings.length = 0
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('go on where the last run ended, also those from before the file was read', async () => {
  const first = create()
  await first.open(file)
  first.add({ ...EVENT, message: 'a' })
  await first.close()
  const second = create()
  second.add({ ...EVENT, message: 'b' })
  await second.open(file)
  second.add({ ...EVENT, message: 'c' })
  expect(second.list({}).events.map(({ seq, message }) => `${seq} ${message}`)).toEqual([
    '0 a',
    '1 b',
    '2 c',
  ])
  expect(second.list({ after_seq: 1 }).events.map(({ message }) => message)).toEqual(['c'])
  await second.close()
  expect(told.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  expect(warnings).toEqual([])
})

test('are bounded in bytes, and the oldest go first', async () => {
  const log = create()
  const message = 'x'.repeat(EVENT_BYTES_MAX / 4)
  for (let seq = 0; seq < 5; seq++) log.add({ ...EVENT, message })
  expect(log.list({}).events.map(({ seq }) => seq)).toEqual([2, 3, 4])
  await log.close()
})

test('are kept for 30 days', async () => {
  const day = 24 * 3_600_000
  let now = 0
  const log = new EventLog({ now: () => now, onEvent: () => undefined, warn: () => undefined })
  log.add({ ...EVENT, message: 'old' })
  now = day
  log.add({ ...EVENT, message: 'newer' })
  now = 30 * day
  expect(log.list({}).events).toHaveLength(2)
  now += 1
  expect(log.list({}).events.map((event) => event.message)).toEqual(['newer'])
  await log.close()
})

test('are listed in pages that begin with the newest', async () => {
  const log = create()
  for (const message of ['a', 'b', 'c']) log.add({ ...EVENT, message })
  const page = (query: Parameters<typeof log.list>[0]) => {
    const { events, has_earlier: hasEarlier } = log.list(query)
    return [events.map(({ message }) => message).join(''), hasEarlier]
  }
  expect(page({ limit: 2 })).toEqual(['bc', true])
  expect(page({ limit: 2, before_seq: 1 })).toEqual(['a', false])
  expect(page({ limit: 2, after_seq: 0 })).toEqual(['bc', false])
  await log.close()
})

test('a damaged file is logged, and replaced', async () => {
  const log = create()
  const damaged = path.join(folder, 'events.json')
  await writeFile(damaged, '{"version":1')
  await log.open(damaged)
  expect(warnings).toHaveLength(1)
  log.add({ ...EVENT, message: 'new' })
  await log.close()
  expect(await readFile(damaged, 'utf8')).toContain('new')
})
