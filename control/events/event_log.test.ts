/** Events are numbered over restarts, bounded, and survive a damaged file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PlaneEvent } from '../../protocol/events.ts'
import { EVENTS_MAX, EventLog } from './event_log.ts'

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
  expect(second.after(-1).map(({ seq, message }) => `${seq} ${message}`)).toEqual([
    '0 a',
    '1 b',
    '2 c',
  ])
  expect(second.after(1).map(({ message }) => message)).toEqual(['c'])
  await second.close()
  expect(told.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
  expect(warnings).toEqual([])
})

test('are bounded', async () => {
  const log = create()
  for (let index = 0; index <= EVENTS_MAX; index++) log.add({ ...EVENT, message: String(index) })
  expect(log.after(-1)).toHaveLength(EVENTS_MAX)
  expect(log.after(-1)[0]?.message).toBe('1')
  await log.close()
})

test('a damaged file is said, and replaced', async () => {
  const log = create()
  const damaged = path.join(folder, 'events.json')
  await writeFile(damaged, '{"version":1')
  await log.open(damaged)
  expect(warnings).toHaveLength(1)
  log.add({ ...EVENT, message: 'new' })
  await log.close()
  expect(await readFile(damaged, 'utf8')).toContain('new')
})
