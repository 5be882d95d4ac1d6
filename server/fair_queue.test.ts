import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FairQueue } from './fair_queue.ts'

const [greedy, modest] = [{}, {}]

it('takes turns between owners and keeps the order of each', () => {
  const queue = new FairQueue<string>()
  for (const entry of ['g1', 'g2', 'g3', 'g4']) queue.push(greedy, entry)
  queue.push(modest, 'm1')
  expect(queue.take(3)).toEqual(['g1', 'm1', 'g2'])
  queue.push(modest, 'm2')
  expect(queue.take(9)).toEqual(['g3', 'm2', 'g4'])
  expect(queue.length).toBe(0)
})

it('forgets what is removed, and the turn of an owner with nothing left', () => {
  const queue = new FairQueue<string>()
  queue.push(greedy, 'g1')
  queue.push(modest, 'm1')
  queue.push(modest, 'm2')
  queue.remove(greedy, () => true)
  queue.remove(modest, (entry) => entry === 'm1')
  expect(queue.length).toBe(1)
  expect(queue.take(9)).toEqual(['m2'])
})

it('loses nothing and invents nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), (owners, step) => {
      const keys = [{}, {}, {}, {}]
      const queue = new FairQueue<number>()
      owners.forEach((owner, index) => {
        queue.push(keys[owner] as object, index)
      })
      const all: number[] = []
      while (queue.length > 0) all.push(...queue.take(step))
      expect([...all].sort((a, b) => a - b)).toEqual(owners.map((_, index) => index))
      for (const owner of [0, 1, 2, 3]) {
        const own = all.filter((index) => owners[index] === owner)
        expect(own).toEqual([...own].sort((a, b) => a - b))
      }
    }),
  )
})
