import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_LENGTH_MAX, LineSplitter, parseChildLine } from './child_lines.ts'

function split(chunks: Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

describe('output becomes lines', () => {
  it('wherever the chunks are cut, also inside a character', () => {
    const text = 'first\nzweite Zeile äöü\n漢字\nlast without end'
    const bytes = Buffer.from(text)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        expect(split(chunks)).toEqual(text.split('\n'))
      }),
    )
  })
  it('without ANSI codes, carriage returns and empty lines', () => {
    expect(split([Buffer.from('\u001b[31mred\u001b[0m\r\n\n')])).toEqual(['red'])
  })
  it('with broken UTF-8 replaced', () => {
    expect(split([Buffer.from([0x61, 0xff, 0x62, 0x0a])])).toEqual(['a\ufffdb'])
  })
  it('and an endless line is cut once, the next line is whole', () => {
    const chunk = Buffer.alloc(100_000, 'x')
    const lines = split([chunk, chunk, Buffer.from('end of it\nnext\n')])
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain(`line cut at ${LINE_LENGTH_MAX}`)
    expect(lines[1]).toBe('next')
  })
})

describe('a line is parsed', () => {
  it('from our JSON, with time, request id and fields', () => {
    const line = '{"level":40,"time":5,"name":"emotion","msg":"slow","request_id":"r","total_ms":9}'
    expect(parseChildLine(line, 'emotion', 'stdout')).toEqual({
      source: 'emotion',
      level: 'warn',
      time: 5,
      message: 'slow',
      request_id: 'r',
      fields: { total_ms: 9 },
    })
  })
  it.each([
    ['INFO:root:loaded', 'stdout', 'info'],
    ['2026-01-01 12:00:00,1 - x - WARNING - low', 'stdout', 'warn'],
    ['ERROR could not', 'stdout', 'error'],
    ['2026-01-01 [E:onnxruntime:, sess.cc:1] bad', 'stderr', 'error'],
    ['something', 'stdout', 'info'],
    ['something', 'stderr', 'warn'],
    ['{"not":"pino"}', 'stdout', 'info'],
    ['{broken', 'stdout', 'info'],
  ] as const)('plain: %s on %s is %s', (line, stream, level) => {
    expect(parseChildLine(line, 'x', stream)).toMatchObject({ level, message: line })
  })
})
