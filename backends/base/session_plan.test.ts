/** Sessions fill the cores; a GPU has one per device unless configured otherwise. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSessions } from './session_plan.ts'

const on = (provider: string, config: object, cores: number) => {
  const { threads, sessionsOn } = planSessions(config, cores)
  return { threads, sessions: sessionsOn(provider) }
}

test.each([
  [{}, 1, { threads: 1, sessions: 1 }],
  [{}, 2, { threads: 2, sessions: 2 }],
  [{}, 16, { threads: 8, sessions: 4 }],
  [{ threads: 1 }, 16, { threads: 1, sessions: 1 }],
  [{ sessions: 1 }, 8, { threads: 8, sessions: 1 }],
  [{ sessions: 8 }, 8, { threads: 2, sessions: 8 }],
])('CPU with %o on %i cores: %o', (config, cores, expected) => {
  expect(on('CPU', config, cores)).toEqual(expected)
})

test.each([
  ['CUDA', {}, 1],
  ['CUDA', { sessions: 2, device_ids: [0, 1] }, 4],
  ['CUDA + CPU', { device_ids: [0, 1] }, 2],
  ['WebGPU', { sessions: 3 }, 1],
  ['CoreML', { sessions: 3 }, 1],
])('%s with %o: %i sessions', (provider, config, sessions) => {
  expect(on(provider, config, 8).sessions).toBe(sessions)
})

test('the threads of all sessions together are at most twice those that the backend may use', () => {
  const some = fc.record(
    { threads: fc.integer({ min: 1, max: 64 }), sessions: fc.integer({ min: 1, max: 64 }) },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 64 }), (config, cores) => {
      const { threads, sessions } = on('CPU', config, cores)
      const budget = config.threads ?? cores
      expect(threads).toBeLessThanOrEqual(budget)
      // Each session has at least one thread.
      expect(threads * sessions).toBeLessThan(Math.max(2 * budget + sessions, sessions + 1))
    }),
  )
})
