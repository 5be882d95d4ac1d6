import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_LENGTH_MAX, LineSplitter } from './child_lines.ts'

function split(chunks: Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

function cutAt(bytes: Buffer, places: number[]): Buffer[] {
  const sorted = [0, ...places.sort((a, b) => a - b), bytes.length]
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

/** Text, invalid UTF-8, complete and partial escape sequences, all line ends, and lengths around the limits. */
const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => ({ bytes: Array.from(bytes) })),
  fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    '\r\r\n',
    '\u001b[31m',
    '\u001b]0;title\u0007',
    '漢字',
    '\u001b',
  ),
  fc.record({ times: fc.nat(30_000), text: fc.constantFrom('long ', 'x', '漢', '🙂') }),
)
type Part = string | { bytes: number[] } | { times: number; text: string }

/** Described by its parts, so that a failing example is readable. */
const output = fc.array(part, { maxLength: 12 })
const bytesOf = (parts: Part[]) =>
  Buffer.concat(
    parts.map((one) => {
      if (typeof one === 'string') return Buffer.from(one)
      return 'bytes' in one ? Buffer.from(one.bytes) : Buffer.from(one.text.repeat(one.times))
    }),
  )
/** Long lists of lines are compared by the first difference. */
const firstDifference = (left: string[], right: string[]) =>
  [left, right].map((lines) =>
    lines
      .find((line, index) => line !== [right, left][lines === left ? 0 : 1]?.[index])
      ?.slice(-200),
  )

describe('output becomes lines', () => {
  it('the same ones wherever the chunks are cut, also inside a character or an escape sequence', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(100_000), { maxLength: 8 }), (parts, cuts) => {
        const bytes = bytesOf(parts)
        const places = cuts.map((cut) => cut % (bytes.length + 1))
        expect(firstDifference(split(cutAt(bytes, places)), split([bytes]))).toEqual([
          undefined,
          undefined,
        ])
      }),
      { numRuns: 300 },
    )
  })
  it('the same ones byte for byte', () => {
    const bytes = Buffer.from(
      'first\n\u001b[1mzweite äöü\u001b[0m\r\n漢字 🙂\n50%\r100%\nlast without end',
    )
    const single = Array.from(bytes, (byte) => Buffer.from([byte]))
    expect(split(single)).toEqual(['first', 'zweite äöü', '漢字 🙂', '100%', 'last without end'])
  })
  it('as many as there are lines with something visible, none of them with a control character', () => {
    fc.assert(
      fc.property(output, (parts) => {
        for (const line of split([bytesOf(parts)])) {
          expect(line.trimEnd()).toBe(line)
          expect(line).not.toBe('')
          // eslint-disable-next-line no-control-regex -- these are what must be gone
          expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/)
        }
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.string().filter((text) => /^[!-~]+$/.test(text))), (lines) => {
        expect(split([Buffer.from(lines.join('\n'))])).toEqual(lines)
      }),
    )
  })
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['true colours', '\u001b[38;2;1;2;3mhi\u001b[0m', 'hi'],
    ['a cursor that is hidden', '\u001b[?25lx\u001b[?25h', 'x'],
    ['a window title of several words', '\u001b]0;my long title\u0007x', 'x'],
    ['links', '\u001b]8;;http://a.b/c\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['a device control string', '\u001bPq data\u001b\\x', 'x'],
    ['an 8-bit control sequence', '\u009b31mred', 'red'],
    ['a sequence without an end', 'x\u001b[3', 'x'],
    ['a byte order mark', '\ufeffx', 'x'],
    ['zero bytes', 'a\u0000b', 'ab'],
    ['line ends of Windows', 'x\r', 'x'],
    ['all but the last state of a progress bar', ' 10%\r 50%\r100%', '100%'],
  ])('without %s', (_what, raw, clean) => {
    expect(split([Buffer.from(`${raw}\nnext`)])).toEqual([clean, 'next'])
  })
  it('without empty lines, indentation kept', () => {
    expect(split([Buffer.from('\n  a\tb  \n\r\n \n\u001b[0m\n')])).toEqual(['  a\tb'])
  })
  it('with broken UTF-8 replaced', () => {
    expect(split([Buffer.from([0x61, 0xff, 0x62, 0x0a, 0x63, 0xe6, 0xbc])])).toEqual([
      'a\ufffdb',
      'c\ufffd',
    ])
  })
})

describe('a line that is too long', () => {
  it('is cut once, with the missing length, and the next line is whole', () => {
    const chunk = Buffer.alloc(200_000, 'x')
    const lines = split([chunk, chunk, Buffer.from('end of it\nnext\n')])
    expect(lines).toEqual([
      `${'x'.repeat(LINE_LENGTH_MAX)}… (line cut at 262144 characters; 137865 of its 400009 bytes are not kept)`,
      'next',
    ])
  })
  it('of 100 MB costs no more memory than a short one', () => {
    const chunk = Buffer.alloc(64 * 1024, 'y')
    const lines: string[] = []
    const splitter = new LineSplitter((line) => lines.push(line))
    const before = process.memoryUsage().arrayBuffers
    for (let index = 0; index < 1600; index++) splitter.push(chunk)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000_000)
    splitter.push(Buffer.from('\nnext\n'))
    expect(lines.map((line) => line.slice(-70))).toEqual([
      expect.stringContaining(
        `${104_857_600 - LINE_LENGTH_MAX} of its 104857600 bytes are not kept)`,
      ),
      'next',
    ])
  })
  it('is not cut inside a character', () => {
    for (const character of ['漢', '🙂', 'a🙂']) {
      const [line] = split([Buffer.from(character.repeat(300_000))])
      expect(line).toContain('line cut at')
      expect(line).not.toMatch(/\p{Surrogate}/u)
      expect(line).not.toContain('\ufffd')
    }
  })
  it('of a progress bar is not cut: its last state is short', () => {
    expect(split([Buffer.from(`${'working 5%\r'.repeat(50_000)}done\n`)])).toEqual(['done'])
  })
})
