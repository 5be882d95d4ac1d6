import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COUNT_NAMES, MEASURE_NAMES } from './cell.ts'
import { readSnapshot, SnapshotError, writeSnapshot, type SeriesOfBackend } from './snapshot.ts'
import { pack } from './ring.ts'
import { MetricsStore } from './store.ts'

const NOW = Date.UTC(2030, 0, 1)

function filled(): MetricsStore {
  const store = new MetricsStore(() => NOW)
  for (const [index, name] of ['emotion', 'ünïcode "x"\n'].entries()) {
    store.note(name, NOW - index, {
      elapsedMs: 1000,
      from: 'page',
      requests: 3,
      errors: { timeout: 1 },
      stages: {},
      batchSizes: null,
      pongLatency: null,
    })
    store.noteGauges(name, NOW - 90_000, { rss_bytes: 1.5e9 })
  }
  return store
}

const codeOf = (bytes: Uint8Array) => {
  try {
    readSnapshot(bytes)
    return 'readable'
  } catch (error) {
    return error instanceof SnapshotError ? error.code : error
  }
}
const edited = (edit: (header: Record<string, unknown>) => void) => {
  const bytes = Buffer.from(filled().snapshot())
  const length = bytes.readUInt32LE(0)
  const header = JSON.parse(bytes.toString('utf8', 4, 4 + length)) as Record<string, unknown>
  edit(header)
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(text.length)
  return Buffer.concat([size, text, bytes.subarray(4 + length)])
}

it('restore() brings back what snapshot() held', () => {
  const [before, after] = [filled(), new MetricsStore(() => NOW)]
  after.restore(before.snapshot())
  expect(after.names).toEqual(before.names)
  for (const name of before.names) {
    for (const range of ['5m', '1h', '24h'] as const) {
      expect(after.query(name, range)).toEqual(before.query(name, range))
    }
  }
  expect(after.snapshot()).toEqual(before.snapshot())
})

it('an empty store has a snapshot too', () => {
  expect(readSnapshot(new MetricsStore(() => NOW).snapshot())).toEqual([])
})

describe('a snapshot that is not of this version', () => {
  it('of a later one is newer, whatever else it holds', () => {
    const bytes = edited((header) => {
      for (const key of Object.keys(header)) if (key !== 'version') header[key] = null
      header['version'] = 2
    })
    expect(codeOf(bytes)).toBe('newer')
  })

  it('with an error code of then that is none now counts it as other', () => {
    const bytes = edited((header) => {
      header['counts'] = COUNT_NAMES.map((name) => (name === 'error:timeout' ? 'error:late' : name))
    })
    const store = new MetricsStore(() => NOW)
    store.restore(bytes)
    expect(store.summary('emotion', '5m')).toMatchObject({
      requests: 3,
      errors_by_code: { other: 1 },
    })
  })

  it('without an error code that came later is read, and the numbers stand where they belong', () => {
    const without = COUNT_NAMES.indexOf('error:invalid_json')
    const counts = new Float64Array(COUNT_NAMES.length - 1)
    const names = COUNT_NAMES.filter((_, place) => place !== without)
    counts[names.indexOf('error:internal')] = 7
    const backends: SeriesOfBackend[] = [
      {
        name: 'a',
        series: [
          {
            range: '24h',
            steps: [
              {
                number: NOW / 60_000,
                measures: Float64Array.from(MEASURE_NAMES, (name) =>
                  name === 'covered_ms' ? 5 : 0,
                ),
                counts: pack(counts),
              },
            ],
          },
        ],
      },
    ]
    const bytes = Buffer.from(writeSnapshot(backends))
    const old = bytes.toString('latin1').replace('"error:invalid_json",', '')
    const shortened = Buffer.from(old, 'latin1')
    shortened.writeUInt32LE(bytes.readUInt32LE(0) - '"error:invalid_json",'.length, 0)
    const store = new MetricsStore(() => NOW)
    store.restore(shortened)
    expect(store.summary('a', '24h')?.errors_by_code).toEqual({ internal: 7 })
  })

  it('with other buckets is refused: its percentiles would be wrong in ours', () => {
    const bytes = edited((header) => {
      header['counts'] = COUNT_NAMES.map((name) => name.replace('total<=0.001', 'total<=0.0011'))
    })
    expect(codeOf(bytes)).toBe('damaged')
  })
})

describe('damage', () => {
  const bytes = filled().snapshot()

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a header that is longer than the file', Uint8Array.of(255, 255, 0, 0, 1)],
    ['a header without an end', Uint8Array.of(255, 255, 255, 255)],
    ['text', Buffer.from('this is not a snapshot at all')],
    ['one byte too few', bytes.subarray(0, -1)],
    ['one byte too many', Uint8Array.of(...bytes, 0)],
    [
      'more steps than a range has',
      edited(
        (header) => (header['backends'] = [{ name: 'a', series: [{ range: '5m', steps: 1e9 }] }]),
      ),
    ],
  ])('%s is found', (_title, damaged) => {
    expect(codeOf(damaged)).toBe('damaged')
  })

  it('anywhere is read as numbers or refused, and never thrown in another form', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = Uint8Array.from(bytes)
        damaged[place] = (damaged[place] ?? 0) ^ change
        expect(['readable', 'damaged', 'newer']).toContain(codeOf(damaged))
      }),
      { numRuns: 300 },
    )
  })

  it('changes nothing in the store', () => {
    const store = new MetricsStore(() => NOW)
    expect(() => store.restore(bytes.subarray(0, -1))).toThrow(SnapshotError)
    expect(store.names).toEqual([])
  })
})
