import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BackendConfig } from '../protocol/config.ts'
import { Admission, type Slot } from './admission.ts'
import { FakeTarget } from './testing/fakes.ts'

const targetWith = (keys: Partial<BackendConfig>) =>
  new FakeTarget('py', { runtime: 'command', ...keys })
const noTurn = () => undefined

describe('admission', () => {
  it('bounds nothing for a built-in backend, which keeps its limits itself', () => {
    const admission = new Admission()
    const target = targetWith({ runtime: 'builtin', queue_limit: 1 })
    for (let count = 0; count < 5; count++) {
      expect(admission.enter(target, {}, noTurn)?.isOpen).toBe(true)
    }
  })

  it('refuses above queue_limit unanswered requests without max_in_flight', () => {
    const admission = new Admission()
    const target = targetWith({ queue_limit: 2 })
    const [first] = [1, 2].map(() => admission.enter(target, {}, noTurn))
    expect(admission.enter(target, {}, noTurn)).toBeNull()
    first?.leave()
    first?.leave()
    expect(admission.enter(target, {}, noTurn)?.isOpen).toBe(true)
    expect(admission.enter(target, {}, noTurn)).toBeNull()
  })

  it('lets clients take turns, and forgets those that leave the queue', () => {
    const admission = new Admission()
    const target = targetWith({ max_in_flight: 1, queue_limit: 4 })
    const [greedy, other] = [{}, {}]
    const turns: string[] = []
    const enter = (name: string, owner: object) =>
      admission.enter(target, owner, () => turns.push(name))
    const running = enter('g0', greedy)
    const [g1, g2] = [enter('g1', greedy), enter('g2', greedy)]
    enter('g3', greedy)
    const o1 = enter('o1', other)
    expect(enter('o2', other)).toBeNull()
    g2?.leave()
    running?.leave()
    g1?.leave()
    o1?.leave()
    expect(turns).toEqual(['g1', 'o1', 'g3'])
    expect(admission.queuedAt('py')).toBe(0)
  })

  it('lets more in when max_in_flight was raised', () => {
    const admission = new Admission()
    const target = targetWith({ max_in_flight: 1 })
    const turns: number[] = []
    const slots = [0, 1, 2, 3].map((index) => admission.enter(target, {}, () => turns.push(index)))
    target.config.max_in_flight = 3
    slots[0]?.leave()
    expect(turns).toEqual([1, 2, 3])
  })

  it('never has more in flight or waiting than allowed, and leaves nobody behind', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('enter' as const), owner: fc.nat({ max: 2 }) }),
      fc.record({ do: fc.constant('leave' as const), pick: fc.nat({ max: 30 }) }),
    )
    const limits = fc.record({
      inFlightMax: fc.integer({ min: 1, max: 3 }),
      queueLimit: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(
        limits,
        fc.array(step, { maxLength: 60 }),
        ({ inFlightMax, queueLimit }, steps) => {
          const admission = new Admission()
          const target = targetWith({ max_in_flight: inFlightMax, queue_limit: queueLimit })
          const owners = [{}, {}, {}]
          const held: { slot: Slot | null; isOpen: boolean }[] = []
          const open = () => held.filter(({ isOpen }) => isOpen).length
          for (const one of steps) {
            if (one.do === 'leave') {
              const [left] = held.splice(one.pick % Math.max(1, held.length), 1)
              left?.slot?.leave()
            } else {
              const mine: { slot: Slot | null; isOpen: boolean } = { slot: null, isOpen: false }
              mine.slot = admission.enter(target, owners[one.owner] ?? {}, () => {
                mine.isOpen = true
              })
              if (mine.slot === null) {
                expect([open(), admission.queuedAt('py')]).toEqual([inFlightMax, queueLimit])
                continue
              }
              mine.isOpen = mine.slot.isOpen
              held.push(mine)
            }
            expect(open()).toBeLessThanOrEqual(inFlightMax)
            expect(admission.queuedAt('py')).toBe(held.length - open())
            if (open() < inFlightMax) expect(admission.queuedAt('py')).toBe(0)
          }
        },
      ),
    )
  })
})
