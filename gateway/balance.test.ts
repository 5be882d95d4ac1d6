import { expect, it } from 'vitest'
import { Balance } from './balance.ts'
import { FakeTarget } from './testing/fakes.ts'

function setUp() {
  const targets = ['emotion', 'emotion-2', 'emotion-3'].map((id) => new FakeTarget(id))
  const [first, second, third] = targets as [FakeTarget, FakeTarget, FakeTarget]
  const backend = { name: 'emotion', targets }
  const balance = new Balance()
  const choose = (stream: string | null = null, excluded?: ReadonlySet<string>) =>
    balance.choose(backend, stream, excluded)?.id ?? null
  return { first, second, third, balance, choose }
}

it('the one with the fewest outstanding; of equals the first', () => {
  const { balance, choose } = setUp()
  expect(choose()).toBe('emotion')
  const end = balance.begin('emotion')
  expect(choose()).toBe('emotion-2')
  balance.begin('emotion-2')
  expect(choose()).toBe('emotion-3')
  end()
  expect(choose()).toBe('emotion')
})

it('taking one off twice takes off one', () => {
  const { balance } = setUp()
  const end = balance.begin('emotion')
  balance.begin('emotion')
  end()
  end()
  expect(balance.outstandingOf('emotion')).toBe(1)
})

it('a degraded one only where no healthy one serves, however busy', () => {
  const { first, second, third, balance, choose } = setUp()
  first.state = 'degraded'
  second.state = 'loading'
  for (let count = 0; count < 5; count++) balance.begin('emotion-3')
  expect(choose()).toBe('emotion-3')
  third.state = 'backoff'
  expect(choose()).toBe('emotion')
  first.state = 'failed'
  expect(choose()).toBeNull()
})

it('not one that is excluded', () => {
  const { choose } = setUp()
  expect(choose(null, new Set(['emotion', 'emotion-2']))).toBe('emotion-3')
})

it('a stream stays where it began while that serves, also degraded and busy, and moves for good after', () => {
  const { first, balance, choose } = setUp()
  expect(choose('s')).toBe('emotion')
  for (let count = 0; count < 5; count++) balance.begin('emotion')
  first.state = 'degraded'
  expect(choose('s')).toBe('emotion')
  expect(choose('other')).toBe('emotion-2')
  first.state = 'backoff'
  expect(choose('s')).toBe('emotion-2')
  first.state = 'ready'
  expect(choose('s')).toBe('emotion-2')
})

it('streams of two backends with the same id have nothing to do with each other', () => {
  const balance = new Balance()
  const [a, b] = [new FakeTarget('a-1'), new FakeTarget('a-2')]
  const other = new FakeTarget('b-1')
  balance.begin('a-1')
  expect(balance.choose({ name: 'a', targets: [a, b] }, 's')?.id).toBe('a-2')
  expect(balance.choose({ name: 'b', targets: [other] }, 's')?.id).toBe('b-1')
  balance.begin('a-2')
  balance.begin('a-2')
  expect(balance.choose({ name: 'a', targets: [a, b] }, 's')?.id).toBe('a-2')
})
