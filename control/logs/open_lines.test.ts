import { expect, it } from 'vitest'
import { LineSplitter } from './child_lines.ts'
import { OPEN_LINE_MS, OpenLines, PROGRESS_MS } from './open_lines.ts'

function terminal() {
  const lines: string[] = []
  let nowMs = 0
  let due: { atMs: number; act: () => void } | null = null
  const splitter = new LineSplitter((line) => lines.push(line))
  const open = new OpenLines(splitter, (delayMs, act) => {
    due = { atMs: nowMs + delayMs, act }
    return () => {
      due = null
    }
  })
  return {
    lines,
    write: (text: string) => {
      splitter.push(Buffer.from(text))
      open.noteOutput(text.includes('\n'))
    },
    pass: (ms: number) => {
      nowMs += ms
      if (due === null || due.atMs > nowMs) return
      const { act } = due
      due = null
      act()
    },
    end: () => {
      open.close()
      splitter.end()
    },
  }
}

it('a question that waits for its answer is shown, and once more with the answer', () => {
  const { lines, write, pass } = terminal()
  write('Do you accept the licence? [y/N] ')
  expect(lines).toEqual([])
  pass(OPEN_LINE_MS)
  expect(lines).toEqual(['Do you accept the licence? [y/N]'])
  write('yes\n')
  expect(lines).toEqual([
    'Do you accept the licence? [y/N]',
    'Do you accept the licence? [y/N] yes',
  ])
})

it('a line that ends as it was shown is not shown twice', () => {
  const { lines, write, pass, end } = terminal()
  write('loading')
  pass(OPEN_LINE_MS)
  write('\n')
  write('done')
  pass(OPEN_LINE_MS)
  end()
  expect(lines).toEqual(['loading', 'done'])
})

it('a progress bar is shown now and then, and in its last state', () => {
  const { lines, write, pass } = terminal()
  for (let percent = 0; percent <= 100; percent++) {
    write(`\rDownloading: ${percent}%|`)
    pass(200)
  }
  write('\n')
  const states = lines.map((line) => Number(/(\d+)%/.exec(line)?.[1]))
  expect(states.at(-1)).toBe(100)
  expect(states).toEqual([...states].sort((a, b) => a - b))
  expect(states.length).toBeGreaterThan(3)
  expect(states.length).toBeLessThan((100 * 200) / PROGRESS_MS + 3)
})

it('nothing is shown of a line that ends in time, or of a cut character', () => {
  const { lines, write, pass } = terminal()
  write('half of')
  write(' a line\n')
  pass(OPEN_LINE_MS)
  expect(lines).toEqual(['half of a line'])
})

it('a character that came in part waits for its rest', () => {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  splitter.push(Buffer.from('模型').subarray(0, 5))
  splitter.emitOpen()
  splitter.push(Buffer.from('模型').subarray(5))
  splitter.end()
  expect(lines).toEqual(['模', '模型'])
})
