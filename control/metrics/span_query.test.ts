/** A week of minutes on disk: real files and a fake clock. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { METRICS_POINTS_MAX } from '../../protocol/metrics.ts'
import { HOUR_MS, HourFiles } from './hour_files.ts'
import { coarseStepMs, querySpan, type MetricsPast } from './span_query.ts'
import { MetricsStore } from './store.ts'

const DAY_MS = 24 * HOUR_MS
const MINUTE_MS = 60_000
const START = Date.UTC(2030, 0, 1, 9)

let folder = ''
let now = START
let warnings: string[] = []
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'switchyard-hours-')), 'hours')
  now = START
  warnings = []
})
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }))

async function openHours(bytesMax?: number): Promise<HourFiles> {
  const hours = new HourFiles({
    folder,
    now: () => now,
    warn: (message) => warnings.push(message),
    ...(bytesMax === undefined ? {} : { bytesMax }),
  })
  await hours.open()
  return hours
}

/** One request a minute for each name, in a program that runs for `lengthMs` and stores completed hours. */
async function live(past: MetricsPast, lengthMs: number, names = ['a']): Promise<void> {
  const { store, hours } = past
  const end = now + lengthMs
  while (now < end) {
    now += MINUTE_MS
    for (const name of names) {
      store.note(name, now - 1, {
        elapsedMs: MINUTE_MS,
        from: 'page',
        requests: 1,
        errors: {},
        stages: {},
        batchSizes: null,
        pongLatency: null,
      })
    }
    await hours.keepFrom(store)
  }
}

async function newPast(bytesMax?: number): Promise<MetricsPast> {
  return { store: new MetricsStore(() => now), hours: await openHours(bytesMax), now: () => now }
}

describe('a span of yesterday', () => {
  it('is shown in minutes, from the files alone after a restart', async () => {
    await live(await newPast(), 3 * HOUR_MS)
    now += DAY_MS
    const past = await newPast()
    const span = { fromMs: START + HOUR_MS, toMs: START + 2 * HOUR_MS }
    const result = await querySpan(past, ['a'], span)
    expect(result.resolution_ms).toBe(MINUTE_MS)
    expect(result.points.filter(({ requests }) => requests === 1)).toHaveLength(60)
    expect(result.points[0]?.time).toBe(span.fromMs)
    expect(result.summary?.requests).toBe(60)
    expect(result.oldest).toBeNull()
  })

  it('in which nothing was measured returns the start of the measurements', async () => {
    await live(await newPast(), 2 * HOUR_MS)
    now += 2 * DAY_MS
    const past = await newPast()
    const quiet = { fromMs: START + DAY_MS, toMs: START + DAY_MS + HOUR_MS }
    expect(await querySpan(past, ['a'], quiet)).toMatchObject({
      points: [],
      summary: null,
      oldest: START,
    })
    expect((await querySpan(past, ['nobody'], quiet)).oldest).toBeNull()
  })

  it('merges several backends, and counts no request twice that is in memory and on disk', async () => {
    const past = await newPast()
    await live(past, 5 * HOUR_MS, ['a', 'b'])
    const span = { fromMs: START, toMs: now }
    expect((await querySpan(past, ['a', 'b'], span)).summary?.requests).toBe(2 * 300)
    expect((await querySpan(past, ['a'], span)).summary?.requests).toBe(300)
  })
})

it('the last minutes are shown in seconds', async () => {
  const past = await newPast()
  await live(past, 10 * MINUTE_MS)
  const span = { fromMs: now - 4 * MINUTE_MS, toMs: now - MINUTE_MS }
  expect((await querySpan(past, ['a'], span)).resolution_ms).toBe(1000)
  const longer = { fromMs: now - 10 * MINUTE_MS, toMs: now }
  expect((await querySpan(past, ['a'], longer)).resolution_ms).toBe(10_000)
})

describe('a long span has steps of several minutes and no more points than a chart has pixels', () => {
  it.each([
    [1 * DAY_MS, 1],
    [2 * DAY_MS, 2],
    [4 * DAY_MS, 5],
    [7 * DAY_MS, 10],
    [14 * DAY_MS, 15],
  ])('%d ms', (lengthMs, minutes) => {
    const stepMs = coarseStepMs({ fromMs: 0, toMs: lengthMs })
    expect(stepMs).toBe(minutes * MINUTE_MS)
    expect(lengthMs / stepMs).toBeLessThanOrEqual(METRICS_POINTS_MAX)
  })

  it('and loses nothing by it', async () => {
    const past = await newPast()
    await live(past, 30 * HOUR_MS)
    const { points, summary } = await querySpan(past, ['a'], { fromMs: START, toMs: now })
    expect(points[0]).toMatchObject({ duration_ms: 2 * MINUTE_MS, requests: 2 })
    expect(summary?.requests).toBe(30 * 60)
  })
})

describe('the files', () => {
  it('are written once for each hour, and none for an hour in which nothing ran', async () => {
    const past = await newPast()
    await live(past, 2 * HOUR_MS)
    now += 3 * HOUR_MS
    await live(past, HOUR_MS + 3 * MINUTE_MS)
    expect((await readdir(folder)).sort()).toEqual([
      '2030-01-01T09.bin.gz',
      '2030-01-01T10.bin.gz',
      '2030-01-01T14.bin.gz',
    ])
  })

  it('of more than seven days are removed', async () => {
    const past = await newPast()
    await live(past, HOUR_MS + 3 * MINUTE_MS)
    now += 7 * DAY_MS + HOUR_MS
    await live(past, HOUR_MS + 3 * MINUTE_MS)
    expect(await readdir(folder)).toEqual(['2030-01-08T11.bin.gz'])
  })

  it('take no more bytes together than allowed: the oldest make room', async () => {
    const past = await newPast(4000)
    await live(past, 6 * HOUR_MS)
    const names = await readdir(folder)
    expect(past.hours.bytes).toBeLessThanOrEqual(4000)
    expect(names).toContain('2030-01-01T13.bin.gz')
    expect(names).not.toContain('2030-01-01T09.bin.gz')
  })

  it('that cannot be read leave a gap, and one warning names them', async () => {
    await live(await newPast(), 3 * HOUR_MS)
    await writeFile(path.join(folder, '2030-01-01T10.bin.gz'), 'cut off')
    now += DAY_MS
    const past = await newPast()
    const span = { fromMs: START, toMs: START + 2 * HOUR_MS }
    expect((await querySpan(past, ['a'], span)).summary?.requests).toBe(60)
    await querySpan(past, ['a'], span)
    expect(warnings).toEqual([expect.stringContaining('2030-01-01T10.bin.gz cannot be read')])
  })

  it('that cannot be written are warned of once, and written when the folder can be', async () => {
    await writeFile(folder, 'a file where the folder should be')
    const past = await newPast()
    await live(past, 2 * HOUR_MS)
    expect(warnings).toEqual([expect.stringContaining('could not be written')])
    await rm(folder)
    await live(past, 10 * MINUTE_MS)
    expect((await readdir(folder)).sort()).toEqual(['2030-01-01T09.bin.gz', '2030-01-01T10.bin.gz'])
  })
})
