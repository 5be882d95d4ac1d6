import { expect, it } from 'vitest'
import { SOCKET_LIMITS } from './limits.ts'
import { WrongTokens } from './wrong_tokens.ts'

// LRUCache keeps no entry that was written at time 0.
const start = 1

it('each wrong token of an address waits twice as long, up to a bound', () => {
  const tokens = new WrongTokens(SOCKET_LIMITS, () => start)
  const delays = Array.from({ length: 8 }, () => tokens.note('10.0.0.1'))
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
})

it('another address does not wait for the first', () => {
  const tokens = new WrongTokens(SOCKET_LIMITS, () => start)
  tokens.note('10.0.0.1')
  expect(tokens.note('10.0.0.2')).toBe(100)
})

it('an address is forgotten after ten quiet minutes', () => {
  let nowMs = start
  const tokens = new WrongTokens(SOCKET_LIMITS, () => nowMs)
  tokens.note('10.0.0.1')
  nowMs += SOCKET_LIMITS.wrongTokenMemoryMs - 1
  expect(tokens.note('10.0.0.1')).toBe(200)
  nowMs += SOCKET_LIMITS.wrongTokenMemoryMs + 1
  expect(tokens.note('10.0.0.1')).toBe(100)
})

it('the table is bounded, and the address longest unseen makes room', () => {
  const tokens = new WrongTokens({ ...SOCKET_LIMITS, wrongTokenAddressesMax: 3 }, () => start)
  for (let index = 0; index < 100; index++) tokens.note(`10.0.0.${index}`)
  expect(tokens.size).toBe(3)
  expect(tokens.note('10.0.0.99')).toBe(200)
  expect(tokens.note('10.0.0.1')).toBe(100)
})
