import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { parseExposition } from '../protocol/prometheus_text.ts'
import { mergePages } from './metrics_page.ts'

async function pageOf(backend: string, requests: number): Promise<string> {
  const registry = new Registry()
  registry.setDefaultLabels({ backend })
  const registers = [registry]
  new Counter({ name: 'r_total', help: 'Requests "\\".', registers }).inc(requests)
  const stage = new Histogram({
    name: 'stage_seconds',
    help: 'Time.',
    labelNames: ['stage'],
    buckets: [0.1, 1],
    registers,
  })
  stage.observe({ stage: 'total' }, 0.05)
  new Gauge({ name: 'odd', help: 'Odd.', registers }).set(-Infinity)
  return registry.metrics()
}

describe('mergePages', () => {
  it('names each metric once and keeps every sample', async () => {
    const a = { name: 'a', text: await pageOf('emotion', 3), labels: { replica: 'emotion-1' } }
    const b = { name: 'b', text: await pageOf('emotion', 5), labels: { replica: 'emotion-2' } }
    const text = mergePages([a, b])
    const page = parseExposition(text)
    expect(page.malformed).toBe(0)
    expect([...page.types]).toEqual([
      ['r_total', 'counter'],
      ['stage_seconds', 'histogram'],
      ['odd', 'gauge'],
    ])
    expect(page.help.get('r_total')).toBe('Requests "\\".')
    const both = [a, b].flatMap((source) =>
      parseExposition(source.text).samples.map(({ name, labels, value }) => {
        const all = { ...source.labels, ...Object.fromEntries(labels) }
        return { name, labels: all, value }
      }),
    )
    const merged = page.samples.map(({ name, labels, value }) => {
      return { name, labels: Object.fromEntries(labels), value }
    })
    expect(merged).toHaveLength(both.length)
    expect(merged).toEqual(expect.arrayContaining(both))
    // The samples of a name are contiguous, as the format requires.
    const families = merged.map(({ name }) => name.replace(/_(bucket|sum|count)$/, ''))
    const begins = families.filter((name, index) => name !== families[index - 1])
    expect(new Set(begins).size).toBe(begins.length)
  })

  it('a label of the page with another value is kept beside ours', () => {
    const text = mergePages([
      {
        name: 'a',
        text: 'x{backend="theirs"} 1\nx{backend="ours"} 2\n',
        labels: { backend: 'ours' },
      },
    ])
    expect(text).toContain('x{backend="ours",exported_backend="theirs"} 1')
    expect(text).toContain('x{backend="ours"} 2')
  })

  it('a name with conflicting types, and malformed lines, are left out with a comment', () => {
    const text = mergePages(
      [
        { name: 'a', text: '# TYPE x counter\nx 1\n', labels: { backend: 'a' } },
        {
          name: 'b',
          text: '# TYPE x gauge\nx 2\ny{ 3\nz 4 1700000000000\n',
          labels: { backend: 'b' },
        },
      ],
      ['c is left out:\nit does not answer'],
    )
    expect(text.split('\n').slice(0, 3)).toEqual([
      '# c is left out: it does not answer',
      '# left out: b: x is a gauge there and a counter in an earlier page',
      '# left out: b: 1 malformed lines',
    ])
    expect(parseExposition(text).samples.map(({ name }) => name)).toEqual(['x', 'z'])
    expect(text).toContain('z{backend="b"} 4 1700000000000')
  })

  it('writes labels and numbers so that they are read back as they were', () => {
    const text = mergePages([
      { name: 'a', text: 'x NaN\ny +Inf\nz 1e-7\n', labels: { name: 'C:\\"new"\nline' } },
    ])
    const { samples, malformed } = parseExposition(text)
    expect(malformed).toBe(0)
    expect(samples.map(({ value }) => value)).toEqual([NaN, Infinity, 1e-7])
    expect(samples[0]?.labels.get('name')).toBe('C:\\"new"\nline')
  })
})
