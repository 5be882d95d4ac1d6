import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Poll } from './poll.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function pollOf(pauseMs: number | null, tookMs = 0) {
  const state = { pauseMs, runs: 0, running: 0, runningMax: 0 }
  const poll = new Poll({
    run: async (signal) => {
      state.runs++
      state.runningMax = Math.max(state.runningMax, ++state.running)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, tookMs)
        signal.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      })
      state.running--
    },
    pauseMs: () => state.pauseMs,
    onFault: (error) => {
      throw error
    },
  })
  return { poll, state }
}

it('the first wake runs it, and then its pauses do, counted from the end of a run', async () => {
  const { poll, state } = pollOf(1000, 500)
  poll.wake()
  await vi.advanceTimersByTimeAsync(2900)
  expect(state.runs).toBe(2)
  await poll.close()
  expect(state.runningMax).toBe(1)
})

it('rests without a timer while nobody needs it', async () => {
  const { poll, state } = pollOf(null)
  poll.wake()
  expect(vi.getTimerCount()).toBe(0)
  state.pauseMs = 1000
  poll.wake()
  await vi.advanceTimersByTimeAsync(1)
  expect(state.runs).toBe(1)
  state.pauseMs = null
  await vi.advanceTimersByTimeAsync(5000)
  expect(state.runs).toBe(2)
  expect(vi.getTimerCount()).toBe(0)
})

it('a shorter pause counts from the last run', async () => {
  const { poll, state } = pollOf(60_000)
  poll.wake()
  await vi.advanceTimersByTimeAsync(2000)
  expect(state.runs).toBe(1)
  state.pauseMs = 3000
  poll.wake()
  await vi.advanceTimersByTimeAsync(900)
  expect(state.runs).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(state.runs).toBe(2)
  await poll.close()
})

it('close() ends a run, and nothing runs afterwards', async () => {
  const { poll, state } = pollOf(1000, 60_000)
  poll.runNow()
  await poll.close()
  expect(state.running).toBe(0)
  poll.runNow()
  poll.wake()
  expect(state.runs).toBe(1)
})

it('a run that fails is reported, and the next one follows', async () => {
  const faults: unknown[] = []
  let runs = 0
  const poll = new Poll({
    run: () => (++runs === 1 ? Promise.reject(new Error('no such file')) : Promise.resolve()),
    pauseMs: () => 1000,
    onFault: (error) => faults.push(error),
  })
  poll.wake()
  await vi.advanceTimersByTimeAsync(1500)
  expect(faults).toEqual([new Error('no such file')])
  expect(runs).toBe(2)
  await poll.close()
})
