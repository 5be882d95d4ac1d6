/** Histograms merge like sums, and percentiles stay within the error that protocol/metrics.ts states. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BATCH_BOUNDS, LATENCY_BOUNDS_S, LATENCY_ERROR_FACTOR } from './metrics.ts'
import { bucketOf, FINE_BOUNDS_MS, Histogram } from './histogram.ts'

const SHARES = [0.5, 0.95, 0.99, 1]
const FIRST = LATENCY_BOUNDS_S[0] ?? NaN
const LAST = LATENCY_BOUNDS_S.at(-1) ?? NaN
/** Rounding in the power of the interpolation. */
const ROUNDING = 1 + 1e-12

const of = (values: number[], bounds = LATENCY_BOUNDS_S) => {
  const histogram = new Histogram(bounds)
  for (const value of values) histogram.add(value)
  return histogram
}
const exact = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1] ?? NaN
/** Log-uniform, from a tenth of the first bound to ten times the last, and each bound itself. */
const seconds = fc.oneof(
  fc
    .double({ min: Math.log(FIRST / 10), max: Math.log(LAST * 10), noNaN: true })
    .map((exponent) => Math.exp(exponent)),
  fc.constantFrom(...LATENCY_BOUNDS_S),
)
const many = fc.array(seconds, { maxLength: 60 })

describe('the latency buckets', () => {
  it('ascend from 0.1 ms to 60 s, ten a decade, and no step is wider than the stated factor', () => {
    expect([FIRST, LAST, LATENCY_BOUNDS_S.length]).toEqual([0.0001, 60, 59])
    const ratios = LATENCY_BOUNDS_S.slice(1).map((bound, i) => bound / (LATENCY_BOUNDS_S[i] ?? NaN))
    expect(Math.min(...ratios)).toBeGreaterThan(1)
    expect(Math.max(...ratios)).toBeCloseTo(LATENCY_ERROR_FACTOR, 12)
  })

  it('are written on the page as short decimals, which read back as the same numbers', () => {
    for (const bound of LATENCY_BOUNDS_S) expect(String(bound)).toMatch(/^\d+(\.\d{1,6})?$/)
  })
})

describe('bucketOf', () => {
  it('is the place of the first bound that is not below the value', () => {
    fc.assert(
      fc.property(seconds, (value) => {
        const found = LATENCY_BOUNDS_S.findIndex((bound) => value <= bound)
        expect(bucketOf(LATENCY_BOUNDS_S, value)).toBe(
          found === -1 ? LATENCY_BOUNDS_S.length : found,
        )
      }),
    )
  })
})

describe('merging', () => {
  const countsOf = (histogram: Histogram) => [...histogram.counts]

  it('is commutative and associative, with the empty histogram as its zero', () => {
    fc.assert(
      fc.property(many, many, many, (a, b, c) => {
        const [x, y, z] = [of(a), of(b), of(c)]
        expect(countsOf(x.merge(y))).toEqual(countsOf(y.merge(x)))
        expect(countsOf(x.merge(y).merge(z))).toEqual(countsOf(x.merge(y.merge(z))))
        expect(x.merge(y).merge(z).sum).toBeCloseTo(x.merge(y.merge(z)).sum, 6)
        expect(countsOf(x.merge(of([])))).toEqual(countsOf(x))
      }),
    )
  })

  it('counts what one histogram of all values counts', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        const merged = of(a).merge(of(b))
        expect(countsOf(merged)).toEqual(countsOf(of([...a, ...b])))
        expect(merged.count).toBe(a.length + b.length)
      }),
    )
  })

  it('leaves both alone', () => {
    const [x, y] = [of([1]), of([2])]
    x.merge(y)
    expect([x.count, y.count]).toEqual([1, 1])
  })

  it('refuses other buckets', () => {
    expect(() => of([1]).merge(of([1], BATCH_BOUNDS))).toThrow(/59 and 9 bounds/)
    expect(() => new Histogram([1, 2], new Float64Array(2))).toThrow(/2 bounds need 3 counts/)
  })
})

describe('subtracting', () => {
  it('undoes a merge', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        const since = of(a).merge(of(b)).subtract(of(a))
        expect([...(since?.counts ?? [])]).toEqual([...of(b).counts])
        expect(since?.sum).toBeCloseTo(of(b).sum, 6)
      }),
    )
  })

  it('is null when a bucket fell, even when the total grew', () => {
    expect(of([5, 5, 5]).subtract(of([1]))).toBeNull()
  })
})

describe('a percentile', () => {
  it('of merged histograms is within the stated bound of the exact one of all values', () => {
    fc.assert(
      fc.property(many, many, fc.constantFrom(...SHARES), (a, b, share) => {
        fc.pre(a.length + b.length > 0)
        const truth = exact([...a, ...b], share)
        const read = of(a).merge(of(b)).percentile(share) ?? NaN
        if (truth > LAST) expect(read).toBe(LAST)
        else if (truth <= FIRST) expect(Math.abs(read - truth)).toBeLessThanOrEqual(FIRST)
        else {
          expect(read / truth).toBeLessThanOrEqual(LATENCY_ERROR_FACTOR * ROUNDING)
          expect(truth / read).toBeLessThanOrEqual(LATENCY_ERROR_FACTOR * ROUNDING)
        }
      }),
    )
  })

  it('of fine buckets is within 1 %, merged or not, and whatever the size', () => {
    const sizes = fc.double({ min: Math.log(0.0101), max: Math.log(600_000), noNaN: true })
    const latencies = fc.array(sizes.map(Math.exp), { maxLength: 60 })
    fc.assert(
      fc.property(latencies, latencies, fc.constantFrom(0, ...SHARES), (a, b, share) => {
        fc.pre(a.length + b.length > 0)
        const truth = exact([...a, ...b], share)
        const read = of(a, FINE_BOUNDS_MS).merge(of(b, FINE_BOUNDS_MS)).percentile(share) ?? NaN
        expect(Math.abs(read / truth - 1)).toBeLessThanOrEqual(0.01 * ROUNDING)
      }),
    )
  })

  it('of a value that is alone in its bucket is within the root of the bound', () => {
    fc.assert(
      fc.property(seconds, (value) => {
        fc.pre(value > FIRST && value <= LAST)
        const ratio = (of([value]).percentile(0.5) ?? NaN) / value
        const bound = Math.sqrt(LATENCY_ERROR_FACTOR) * ROUNDING
        expect(Math.max(ratio, 1 / ratio)).toBeLessThanOrEqual(bound)
      }),
    )
  })

  it('never falls when the share grows', () => {
    fc.assert(
      fc.property(many, (values) => {
        fc.pre(values.length > 0)
        const read = SHARES.map((share) => of(values).percentile(share) ?? NaN)
        expect([...read].sort((a, b) => a - b)).toEqual(read)
      }),
    )
  })

  it('is not the average of percentiles: a slow tenth shows in p95 of the whole', () => {
    const fast = of(Array.from({ length: 90 }, () => 0.002))
    const slow = of(Array.from({ length: 10 }, () => 1.9))
    const averaged = ((fast.percentile(0.95) ?? 0) + (slow.percentile(0.95) ?? 0)) / 2
    expect(fast.merge(slow).percentile(0.95)).toBeGreaterThan(1.6)
    expect(averaged).toBeLessThan(1.1)
  })

  it('of nothing is null, and so is the mean', () => {
    expect(of([]).percentile(0.5)).toBeNull()
    expect(of([]).percentiles()).toBeNull()
    expect(of([]).mean).toBeNull()
    expect(of([1, 3]).mean).toBe(2)
  })
})
