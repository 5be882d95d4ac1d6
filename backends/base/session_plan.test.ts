/** Sessions fill the cores and no more; a GPU has one per device unless configured otherwise. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSessions } from './session_plan.ts'

const on = (provider: string, config: object, cores: number, alone?: number) => {
  const plan = planSessions(config, cores, alone)
  const reserves = plan.reservesFirst(provider)
  const length = plan.sharedOn(provider) - (reserves ? 0 : 1)
  const further = Array.from({ length }, () => plan.furtherThreads)
  return { threads: [plan.firstThreads, ...further], reserves }
}

test.each([
  [{}, 1, { threads: [1], reserves: false }],
  [{}, 2, { threads: [2, 1, 1], reserves: true }],
  [{}, 16, { threads: [16, 4, 4, 4, 4], reserves: true }],
  [{ threads: 1 }, 16, { threads: [1], reserves: false }],
  [{ threads: 2 }, 16, { threads: [2, 1, 1], reserves: true }],
  [{ sessions: 1 }, 8, { threads: [8], reserves: false }],
  [{ sessions: 2 }, 8, { threads: [4, 4], reserves: false }],
  [{ sessions: 8, threads: 4 }, 8, { threads: Array<number>(8).fill(1), reserves: false }],
])('CPU with %o on %i cores: %o', (config, cores, expected) => {
  expect(on('CPU', config, cores)).toEqual(expected)
})

test('a backend with a share of the cores has all of them for a request that is alone', () => {
  expect(on('CPU', { threads: 2 }, 8, 8)).toEqual({ threads: [8, 1, 1], reserves: true })
})

test.each([
  ['CUDA', {}, 1],
  ['CUDA', { sessions: 2, device_ids: [0, 1] }, 4],
  ['CUDA + CPU', { device_ids: [0, 1] }, 2],
  ['WebGPU', { sessions: 3 }, 1],
  ['CoreML', { sessions: 3 }, 1],
])('%s with %o: %i sessions', (provider, config, sessions) => {
  expect(planSessions(config, 8).sharedOn(provider)).toBe(sessions)
  expect(planSessions(config, 8).reservesFirst(provider)).toBe(false)
})

test('the sessions that run side by side have no more threads than the backend may use', () => {
  const some = fc.record(
    { threads: fc.integer({ min: 1, max: 64 }), sessions: fc.integer({ min: 1, max: 64 }) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 64 }), (config, cores) => {
      const { threads, reserves } = on('CPU', config, cores)
      const together = reserves ? threads.slice(1) : threads
      const sum = together.reduce((total, one) => total + one, 0)
      // Each session has at least one thread.
      expect(sum).toBeLessThanOrEqual(Math.max(config.threads ?? cores, config.sessions ?? 1))
    }),
  )
})
