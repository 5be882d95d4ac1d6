/** Searches in the real search thread: results, load of the main thread, and runaway expressions. */
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { LogQuery } from '../../protocol/logs.ts'
import { queryMatcher } from './log_filter.ts'
import type { ControlError } from '../../protocol/errors.ts'
import { LogSearch, type LogSearchOptions } from './log_search.ts'
import { LogStore } from './log_store.ts'
import { SharedLines } from './shared_lines.ts'

const entry = pathToFileURL(
  path.resolve(import.meta.dirname, '../../dist/control/logs/search_worker.js'),
)
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
/** (a+)+$ tries 2^40 ways on it. */
const TRAP = `${'a'.repeat(40)}!`

let open: LogSearch[] = []
afterEach(async () => {
  await Promise.all(open.map((search) => search.close()))
  open = []
})

function create(options: Partial<LogSearchOptions> = {}, capacity = 1000) {
  const store = new LogStore(() => 0, capacity)
  const search = new LogSearch({ store, entry, ...options })
  open.push(search)
  const fill = (count: number) => {
    for (let index = 0; index < count; index++) {
      const seq = store.total
      store.add({
        source: seq % 2 === 0 ? 'even' : 'odd',
        level: LEVELS[seq % 4] ?? 'info',
        message: `line ${seq}`,
        time: seq,
      })
    }
  }
  return { store, search, fill }
}

describe('a search', () => {
  it('answers the newest matches, oldest first, and counts all', async () => {
    const { search, fill } = create()
    fill(100)
    const found = await search.query(
      { pattern: '^line \\d$', is_regex: true, sources: ['odd'], levels: ['error'] },
      { limit: 1 },
    )
    expect(found.lines.map(({ message }) => message)).toEqual(['line 7'])
    expect(found).toMatchObject({
      matched: 2,
      searched: 100,
      dropped: 0,
      counts: { debug: 0, info: 3, warn: 0, error: 2 },
    })
  })

  it('finds what came since the last one, also after the ring has turned', async () => {
    const { search, fill } = create({}, 50)
    fill(40)
    expect((await search.query({}, { limit: 1000 })).lines).toHaveLength(40)
    fill(40)
    const found = await search.query({}, { limit: 1000 })
    expect(found.lines.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 50 }, (_line, index) => index + 30),
    )
    expect(found.dropped).toBe(30)
    fill(5)
    expect(
      (await search.query({ after_seq: 79 }, { limit: 1000 })).lines.map(({ seq }) => seq),
    ).toEqual([80, 81, 82, 83, 84])
    expect(
      (await search.query({ before_seq: 80 }, { limit: 3 })).lines.map(({ seq }) => seq),
    ).toEqual([77, 78, 79])
  })

  it('counts by time and level what it would find, over the span of all lines', async () => {
    const { search, fill } = create()
    fill(101)
    const query: LogQuery = { sources: ['odd'], levels: ['info', 'error'], pattern: 'line' }
    const { from, to, buckets } = await search.histogram(query, { buckets: 4 })
    expect([from, to]).toEqual([0, 100])
    // Odd lines alternate between info and error.
    const levels = LEVELS.map((_level, index) => buckets.map((bucket) => bucket[index]))
    expect(levels).toEqual([
      [0, 0, 0, 0],
      [6, 7, 6, 6],
      [0, 0, 0, 0],
      [6, 6, 6, 7],
    ])
    const { matched } = await search.query(query, { limit: 1 })
    expect(buckets.flat().reduce((sum, count) => sum + count, 0)).toBe(matched)
  })

  it('names the slowest of the requests that were answered, slowest first', async () => {
    const { store, search } = create()
    const totals = [5, 90, 20, 90.5, 1]
    for (const [index, total] of totals.entries()) {
      const line = { source: 'x', level: 'info', message: `answer ${index}`, time: index } as const
      store.add({ ...line, request_id: `r${index}`, fields: { total_ms: total } })
      store.add({ ...line, request_id: `r${index}`, message: 'no answer yet' })
    }
    const { requests, total } = await search.slowest({ time_from: 1 }, { limit: 2 })
    expect(requests).toEqual([
      { request_id: 'r3', time: 3, source: 'x', message: 'answer 3', total_ms: 90.5 },
      { request_id: 'r1', time: 1, source: 'x', message: 'answer 1', total_ms: 90 },
    ])
    expect(total).toBe(4)
  })

  it('counts nothing without a line, and one moment in one bucket', async () => {
    const { store, search } = create()
    const counted = () => search.histogram({}, { buckets: 2 })
    expect(await counted()).toEqual({ from: 0, to: 0, buckets: [] })
    store.add({ source: 'x', level: 'warn', message: 'one', time: 7 })
    expect(await counted()).toEqual({
      from: 7,
      to: 7,
      buckets: [
        [0, 0, 1, 0],
        [0, 0, 0, 0],
      ],
    })
    await expect(
      search.histogram({ pattern: '(', is_regex: true }, { buckets: 2 }),
    ).rejects.toMatchObject({ code: 'invalid_regex' })
  })

  it('finds the same lines as a walk through the ring, whatever they hold', async () => {
    const query: fc.Arbitrary<LogQuery> = fc.record(
      {
        pattern: fc.constantFrom('a', 'A', '[a-f]+', 'ä', '漢', '\n'),
        is_regex: fc.boolean(),
        case_sensitive: fc.boolean(),
        sources: fc.subarray(['x', 'y']),
        levels: fc.subarray([...LEVELS]),
      },
      { requiredKeys: [] },
    )
    const line = fc.record({
      source: fc.constantFrom('x', 'y'),
      level: fc.constantFrom(...LEVELS),
      message: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('aÄ', '漢字', 'a\nb', '\ud800'),
      ),
    })
    // One thread for all runs: each reads what was added after the previous run.
    const { store, search } = create()
    await fc.assert(
      fc.asyncProperty(fc.array(line), query, async (lines, others) => {
        const asked = { ...others, after_seq: store.total - 1 }
        for (const one of lines) store.add(one)
        const matches = queryMatcher(asked)
        const expected = lines
          .map((_line, index) => store.at(asked.after_seq + 1 + index))
          .filter((one) => one !== undefined && matches(one) === 'yes')
        expect((await search.query(asked, { limit: 1000 })).lines).toEqual(expected)
      }),
    )
  })

  it('that waits is answered in its turn', async () => {
    const { search, fill } = create()
    fill(20)
    const asked = ['line 1$', 'line 2$', 'line 3$'].map((pattern) =>
      search.query({ pattern, is_regex: true }, { limit: 10 }),
    )
    const found = await Promise.all(asked)
    expect(found.map(({ lines }) => lines.map(({ seq }) => seq))).toEqual([[1], [2], [3]])
  })
})

describe('a failed search gives the reason', () => {
  it('a runaway expression is ended, and the next search is answered', async () => {
    const { store, search } = create({ limitMs: 200 })
    store.add({ source: 'a', level: 'info', message: TRAP })
    await expect(
      search.query({ pattern: '(a+)+$', is_regex: true }, { limit: 1 }),
    ).rejects.toMatchObject({
      code: 'search_timeout',
      message: expect.stringMatching(/timed out after 0.2 s.*simpler/),
    })
    expect(
      (await search.query({ pattern: 'a!$', is_regex: true }, { limit: 1 })).lines,
    ).toHaveLength(1)
  })

  it('a faulty expression', async () => {
    const { search } = create()
    await expect(
      search.query({ pattern: 'a(b', is_regex: true }, { limit: 1 }),
    ).rejects.toMatchObject({
      code: 'invalid_regex',
      message: expect.stringContaining('not valid: Unterminated group'),
    })
  })

  it('one that its asker gives up, before and while it runs', async () => {
    const { store, search } = create({ limitMs: 3_600_000 })
    store.add({ source: 'a', level: 'info', message: TRAP })
    const abort = new AbortController()
    const options = { limit: 1, signal: abort.signal }
    const running = search.query({ pattern: '(a+)+$', is_regex: true }, options)
    const waiting = search.query({}, options)
    const both = Promise.allSettled([running, waiting])
    // In this turn, the first has been passed to the thread.
    await nextTurn()
    abort.abort()
    for (const result of await both)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } })
    await expect(search.query({}, options)).rejects.toMatchObject({ code: 'cancelled' })
    expect((await search.query({}, { limit: 1 })).lines).toHaveLength(1)
  })

  it('one too many', async () => {
    const { search } = create({ waitingMax: 2 })
    const asked = [0, 1, 2, 3, 4].map(() => search.query({}, { limit: 1 }))
    const codes = (await Promise.allSettled(asked)).map((result) =>
      result.status === 'rejected' ? (result.reason as ControlError).code : 'ok',
    )
    expect(codes).toEqual(['ok', 'ok', 'ok', 'search_busy', 'search_busy'])
  })

  it('one that meets the end of the search, running or waiting or later', async () => {
    const { store, search } = create({ limitMs: 3_600_000 })
    store.add({ source: 'a', level: 'info', message: TRAP })
    const asked = [0, 1].map(() =>
      search.query({ pattern: '(a+)+$', is_regex: true }, { limit: 1 }),
    )
    const results = Promise.allSettled(asked)
    await search.close()
    for (const result of await results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } })
    await expect(search.query({}, { limit: 1 })).rejects.toMatchObject({ code: 'closed' })
  })

  it('one whose thread does not come up', async () => {
    const { search } = create({ entry: new URL('missing.js', entry) })
    await expect(search.query({}, { limit: 1 })).rejects.toMatchObject({ code: 'search_failed' })
  })
})

describe('shared memory', () => {
  it('holds no more than the ring', async () => {
    const store = new LogStore(() => 0, 100)
    const shared = new SharedLines(store)
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 100; index++)
        store.add({ source: 'a', level: 'info', message: 'x'.repeat(15_000) })
      const segments = await shared.catchUp()
      // 100 lines of 15 kB, in segments of 1 MiB, of which the first may be almost full.
      expect(segments.length).toBeLessThanOrEqual(4)
      expect(segments.at(-1)?.lastSeq).toBe(store.total - 1)
      expect(segments[0]?.firstSeq).toBeLessThanOrEqual(store.dropped)
    }
  })

  it('takes a line that is larger than a segment', async () => {
    const { store, search } = create()
    store.add({ source: 'a', level: 'info', message: 'y'.repeat(3_000_000) })
    expect(
      (await search.query({ pattern: 'y$', is_regex: true }, { limit: 1 })).lines,
    ).toHaveLength(1)
  })
})
