/** Lines for readers that are slow, have exited, or never read. */
import { Writable } from 'node:stream'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createTerminal } from './terminal.ts'

/** A terminal that the user pauses and resumes. */
function pausable() {
  const written: string[] = []
  let isPaused = true
  let go: () => void = () => undefined
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, onWritten) => {
      written.push(text)
      go = onWritten
      if (!isPaused) onWritten()
    },
  })
  const resume = () => {
    isPaused = false
    go()
  }
  return { stream, resume, text: () => written.join('') }
}
const reading = () => {
  const { stream, resume, text } = pausable()
  resume()
  return { stream, text }
}

it('lines reach their stream, each with a line break', async () => {
  const [out, err] = [reading(), reading()]
  const terminal = createTerminal(out.stream, err.stream)
  terminal.print('one')
  terminal.note('two')
  terminal.print('three')
  expect(await terminal.flush()).toBe(true)
  expect([out.text(), err.text()]).toEqual(['one\nthree\n', 'two\n'])
})

it('a paused terminal holds a bounded number of lines, and the others are counted once it reads again', async () => {
  const { stream, resume, text } = pausable()
  const terminal = createTerminal(reading().stream, stream)
  const line = 'x'.repeat(999)
  for (let index = 0; index < 1000; index++) terminal.note(line)
  expect(stream.writableLength).toBeLessThan(70_000)
  resume()
  await vi.waitFor(() => expect(stream.writableLength).toBe(0))
  const printed = text()
    .split('\n')
    .filter((one) => one === line).length
  expect(text()).toContain(
    `${1000 - printed} lines were not printed while the terminal was paused; see the log files.\n`,
  )
  terminal.note('on it goes')
  expect(text().endsWith('on it goes\n')).toBe(true)
})

it('the exit waits for a paused terminal a moment only', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const terminal = createTerminal(reading().stream, pausable().stream)
  terminal.note('never read')
  const flushed = terminal.flush()
  await vi.advanceTimersByTimeAsync(250)
  expect(await flushed).toBe(false)
})

it.each(['EPIPE', 'EIO', 'ENOSPC'])('%s ends the lines and nothing else', async (code) => {
  let writes = 0
  const stream = new Writable({
    write: (_chunk, _encoding, onWritten) => {
      writes++
      onWritten(Object.assign(new Error(code), { code }))
    },
  })
  const terminal = createTerminal(reading().stream, stream)
  terminal.note('the first is lost')
  await vi.waitFor(() => expect(stream.errored).not.toBeNull())
  terminal.note('no more are tried')
  expect(writes).toBe(1)
  expect(await terminal.flush()).toBe(true)
})
