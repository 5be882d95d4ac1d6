import { expect, it } from 'vitest'
import type { Pong } from '../../protocol/backend.ts'
import { HISTORY_MS, History } from './history.ts'

const pong = (requests: number): Pong => ({
  type: 'pong',
  status: 'healthy',
  stats: { requests, errors: 0, latency_ms: null },
})

it('turns the growing count of requests into a rate', () => {
  const history = new History()
  expect(history.add(0, pong(10), 1).requests_per_s).toBe(0)
  expect(history.add(2000, pong(30), 1).requests_per_s).toBe(10)
})

it('a rate between two pongs moves the beginning of the next one', () => {
  const history = new History()
  history.add(0, pong(10), 1)
  expect(history.rate(1000, pong(30))).toBe(20)
  expect(history.rate(2000, pong(30))).toBe(0)
  expect(history.add(3000, pong(35), 1).requests_per_s).toBe(5)
  expect(history.all()).toHaveLength(2)
})

it('a restarted process does not count backwards', () => {
  const history = new History()
  history.add(0, pong(100), 1)
  history.restart()
  expect(history.add(1000, pong(1), 1).requests_per_s).toBe(0)
})

it('forgets what is older than five minutes', () => {
  const history = new History()
  history.add(0, pong(0), 1)
  history.add(HISTORY_MS, pong(0), 1)
  expect(history.all()).toHaveLength(2)
  history.add(HISTORY_MS + 1, pong(0), 1)
  expect(history.all()).toHaveLength(2)
})
