import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { parseExposition, readNumber } from './prometheus_text.ts'

const one = (line: string) => {
  const { samples, malformed } = parseExposition(line)
  const [sample] = samples
  return sample === undefined
    ? { malformed }
    : { ...sample, labels: Object.fromEntries(sample.labels) }
}

describe('the example of the format’s documentation', () => {
  const page = String.raw`# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
`

  it('is read whole', () => {
    const { samples, types, help, malformed } = parseExposition(page)
    expect(malformed).toBe(0)
    expect(samples).toHaveLength(9)
    expect([...types]).toEqual([
      ['http_requests_total', 'counter'],
      ['http_request_duration_seconds', 'histogram'],
    ])
    expect(help.get('http_requests_total')).toBe('The total number of HTTP requests.')
    expect(Object.fromEntries(samples[2]?.labels ?? [])).toEqual({
      path: 'C:\\DIR\\FILE.TXT',
      error: 'Cannot find file:\n"FILE.TXT"',
    })
    expect(samples[4]).toMatchObject({ value: Infinity, timestampMs: -3982045 })
  })
})

describe('a line that is right', () => {
  it.each([
    [
      'blanks and tabs where the format allows them',
      '\ta { b = "c" ,\td="e" } \t1 2 ',
      { b: 'c', d: 'e' },
    ],
    ['a comma after the last label', 'a{b="c",} 1', { b: 'c' }],
    ['no label in the braces', 'a{} 1', {}],
    ['no blank after the braces', 'a{b="c"}1', { b: 'c' }],
    ['braces and commas in a value', 'a{b="},{"} 1', { b: '},{' }],
    ['a label named after what objects inherit', 'a{__proto__="x",constructor="y"} 1', undefined],
    ['the end of a line on Windows', 'a{b="c"} 1\r', { b: 'c' }],
    ['a colon in the name', 'job:a:rate5m{b="c"} 1', { b: 'c' }],
  ])('%s', (_title, line, labels) => {
    const sample = one(line)
    expect(sample).toMatchObject({ value: 1 })
    if (labels !== undefined) expect(sample).toMatchObject({ labels })
  })

  it('a label named __proto__ is a label', () => {
    expect(parseExposition('a{__proto__="x"} 1').samples[0]?.labels.get('__proto__')).toBe('x')
  })
})

describe('a malformed line is counted, and the lines around it are read', () => {
  it.each([
    'a',
    'a ',
    '1a 1',
    'a 1 2 3',
    'a one',
    'a 0x10',
    'a 1_000',
    'a "1"',
    'a{b="c" 1',
    'a{b=c} 1',
    'a{b="c"',
    'a{b="c""d"="e"} 1',
    'a{b="c" d="e"} 1',
    'a{,} 1',
    'a{b="c",,} 1',
    'a{b="1",b="2"} 1',
    String.raw`a{b="\x"} 1`,
    String.raw`a{b="c\"} 1`,
    'a{1b="c"} 1',
    'a{b:c="d"} 1',
    'a 1 1.5',
    'a 1 # {trace="1"} 2',
    '# TYPE a histogramme',
    '# TYPE a',
    '# TYPE',
    '# HELP 1a text',
    `a{b="${'x'.repeat(70_000)}"} 1`,
  ])('%#: %.40s', (line) => {
    const { samples, malformed } = parseExposition(`before 1\n${line}\nafter 2\n`)
    expect(malformed).toBe(1)
    expect(samples.map(({ name }) => name)).toEqual(['before', 'after'])
  })

  it('a second TYPE or HELP of a name', () => {
    const page = '# TYPE a gauge\n# TYPE a counter\n# HELP a x\n# HELP a y\n'
    const { types, help, malformed } = parseExposition(page)
    expect([types.get('a'), help.get('a'), malformed]).toEqual(['gauge', 'x', 2])
  })

  it('comments are never malformed', () => {
    const page = '#\n# EOF\n#HELP\n# HELPFUL\n# UNIT a seconds\n# {"json": 1}\n'
    expect(parseExposition(page)).toMatchObject({ samples: [], malformed: 0 })
  })
})

describe('numbers', () => {
  it.each([
    ['NaN', NaN],
    ['Nan', NaN],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['inf', Infinity],
    ['Infinity', Infinity],
    ['-0', -0],
    ['1.', 1],
    ['.5', 0.5],
    ['+1e-3', 0.001],
    ['1E400', Infinity],
    ['', null],
    ['.', null],
    ['1e', null],
    ['--1', null],
    ['infinite', null],
  ])('%s', (text, value) => {
    expect(readNumber(text)).toBe(value)
  })
})

describe('whatever comes in', () => {
  const fragments = fc.constantFrom(
    ...['a', '{', '}', '"', '\\', ',', '=', ' ', '\n', '# TYPE ', '# HELP ', '1', 'NaN', 'le'],
  )

  it('nothing is thrown, and each line is a sample, a comment, empty or malformed', () => {
    const page = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragments, { maxLength: 60 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(page, (text) => {
        const { samples, malformed } = parseExposition(text)
        const lines = text.split('\n').filter((line) => !/^[ \t\r]*$/.test(line))
        expect(samples.length + malformed).toBeLessThanOrEqual(lines.length)
        const comments = lines.filter((line) => /^[ \t]*#/.test(line))
        expect(samples.length + malformed).toBeGreaterThanOrEqual(lines.length - comments.length)
      }),
      { numRuns: 500 },
    )
  })
})

describe('what prom-client writes is read back', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e21))

  it('gauges: names, help, labels and values', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, value, async (help, first, second, number) => {
        const registry = new Registry()
        registry.setDefaultLabels({ backend: second })
        const gauge = new Gauge({
          name: 'a:b_c',
          // prom-client rejects an empty one.
          help: `h${help}`,
          labelNames: ['x'],
          registers: [registry],
        })
        gauge.labels({ x: first }).set(number)
        const page = parseExposition(await registry.metrics())
        expect(page.malformed).toBe(0)
        expect(page.types.get('a:b_c')).toBe('gauge')
        expect(page.help.get('a:b_c')).toBe(trimmedEnd(`h${help}`))
        expect(page.samples).toHaveLength(1)
        expect(Object.fromEntries(page.samples[0]?.labels ?? [])).toEqual({
          x: first,
          backend: second,
        })
        // `${-0}` is "0".
        expect(page.samples[0]?.value).toBe(number === 0 ? 0 : number)
      }),
    )
  })

  it('histograms and counters', async () => {
    const registry = new Registry()
    const registers = [registry]
    const histogram = new Histogram({ name: 'h', help: 'h', buckets: [1e-7, 1, 1e21], registers })
    const counter = new Counter({ name: 'c', help: 'c', labelNames: ['code'], registers })
    histogram.observe(0.5)
    histogram.observe(1e300)
    counter.inc({ code: 'timeout' }, 3)
    const { samples, malformed } = parseExposition(await registry.metrics())
    expect(malformed).toBe(0)
    const buckets = samples.filter(({ name }) => name === 'h_bucket')
    expect(buckets.map(({ labels }) => readNumber(labels.get('le') ?? ''))).toEqual([
      1e-7,
      1,
      1e21,
      Infinity,
    ])
    expect(buckets.map((bucket) => bucket.value)).toEqual([0, 1, 1, 2])
    expect(samples.at(-1)).toMatchObject({ name: 'c', value: 3 })
  })
})

/** Trailing blanks are not part of a help text. */
const trimmedEnd = (help: string) => help.replace(/[ \t\r]+$/, '')
