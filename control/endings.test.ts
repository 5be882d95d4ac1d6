import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Endings } from './endings.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function aWorld() {
  const lines: string[] = []
  const exits: { code: number; fatal: string | null }[] = []
  let settle: { resolve(): void; reject(error: Error): void } | null = null
  const calls = { close: 0, kill: 0 }
  const endings = new Endings({
    terminal: {
      print: (line) => void lines.push(line),
      note: (line) => void lines.push(line),
      flush: () => Promise.resolve(true),
    },
    exit: (code, fatal) => void exits.push({ code, fatal }),
    now: () => performance.now(),
  })
  const open = () => {
    endings.opened({
      close: () => {
        calls.close++
        return new Promise((resolve, reject) => {
          settle = { resolve, reject }
        })
      },
      kill: () => void calls.kill++,
      report: (message) => void lines.push(message),
    })
  }
  const later = (ms = 1000) => vi.advanceTimersByTimeAsync(ms)
  return { endings, open, lines, exits, calls, later, stopped: () => settle }
}

it('the first request stops in order and ends with code 0', async () => {
  const { endings, open, exits, calls, later, stopped } = aWorld()
  open()
  endings.asked('SIGTERM')
  await later(60_000)
  expect([exits, calls]).toEqual([[], { close: 1, kill: 0 }])
  stopped()?.resolve()
  await later(0)
  expect(exits).toEqual([{ code: 0, fatal: null }])
})

it.each([
  ['SIGINT', 'SIGINT', 130],
  ['SIGINT', 'SIGTERM', 143],
  ['SIGTERM', 'SIGHUP', 129],
  ['Quit', 'Quit', 1],
])('%s, then %s, kills everything and ends with code %i', async (first, second, code) => {
  const { endings, open, exits, calls, later, lines } = aWorld()
  open()
  endings.asked(first)
  await later()
  endings.asked(second)
  expect(calls).toEqual({ close: 1, kill: 1 })
  expect(lines.at(-1)).toBe(`${second}: stopping immediately. Requests in flight are lost.`)
  endings.asked(second)
  await later(2000)
  expect([exits, calls.kill]).toEqual([[{ code, fatal: null }], 1])
})

it('the same signal twice in one instant is one press, as npm passes it on', async () => {
  const { endings, open, calls, later } = aWorld()
  open()
  endings.asked('SIGINT')
  await later(100)
  endings.asked('SIGINT')
  expect(calls.kill).toBe(0)
  await later(300)
  endings.asked('SIGINT')
  expect(calls.kill).toBe(1)
})

it('an error that nobody caught stops in order and ends with code 1', async () => {
  const { endings, open, exits, calls, later, lines, stopped } = aWorld()
  open()
  endings.fatal('uncaughtException', new Error('planted'))
  await later(0)
  expect(calls).toEqual({ close: 1, kill: 0 })
  expect(lines.join()).toMatch(/Unexpected error \(uncaughtException\): Error: planted\n {4}at /)
  stopped()?.resolve()
  await later(0)
  expect(exits).toEqual([{ code: 1, fatal: expect.stringContaining('planted') as string }])
})

it('further errors while it stops are reported, not endlessly, and stop nothing twice', async () => {
  const { endings, open, exits, calls, later, lines } = aWorld()
  open()
  for (let index = 0; index < 1000; index++) endings.fatal('unhandledRejection', `fault ${index}`)
  await later(9999)
  expect([calls, exits]).toEqual([{ close: 1, kill: 0 }, []])
  expect(lines).toHaveLength(20)
  await later(1)
  expect(calls.kill).toBe(1)
  await later(2000)
  expect(exits).toMatchObject([{ code: 1 }])
})

it('an error during an orderly stop changes its exit code, and bounds it', async () => {
  const { endings, open, exits, calls, later, stopped } = aWorld()
  open()
  endings.asked('SIGTERM')
  endings.fatal('uncaughtException', new Error('planted'))
  await later()
  stopped()?.resolve()
  await later(0)
  expect([exits.map(({ code }) => code), calls]).toEqual([[1], { close: 1, kill: 0 }])
})

it('a stop that fails ends by force', async () => {
  const { endings, open, exits, calls, later, lines, stopped } = aWorld()
  open()
  endings.asked('SIGTERM')
  await later(0)
  stopped()?.reject(new Error('planted'))
  await later(0)
  expect([exits.map(({ code }) => code), calls.kill]).toEqual([[1], 1])
  expect(lines.join()).toContain('The stop failed: Error: planted')
})

it.each([
  ['a signal', 143, (endings: Endings) => void endings.asked('SIGTERM')],
  ['an error', 1, (endings: Endings) => void endings.fatal('uncaughtException', new Error('x'))],
])('%s before anything is open ends immediately', async (_what, code, act) => {
  const { endings, exits, later } = aWorld()
  act(endings)
  await later(0)
  expect(exits).toMatchObject([{ code }])
})

it('a log that throws does not keep it from ending', async () => {
  const { endings, exits, later } = aWorld()
  endings.opened({
    close: () => {
      throw new Error('close')
    },
    kill: () => {
      throw new Error('kill')
    },
    report: () => {
      throw new Error('report')
    },
  })
  endings.fatal('uncaughtException', new Error('planted'))
  await later(2000)
  expect(exits).toMatchObject([{ code: 1 }])
})
