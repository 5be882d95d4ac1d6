/** The chunked list behaves like one long array. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aLine } from '../../testing/views.ts'
import { LineList } from './line_list.ts'

/** Numbered from `from` on, with gaps as a filter leaves them. */
const lines = (from: number, amount: number) =>
  Array.from({ length: amount }, (_, place) => aLine({ seq: from + 2 * place, time: from + place }))

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('newer' as const), amount: fc.integer({ min: 0, max: 2500 }) }),
    fc.record({ kind: fc.constant('older' as const), amount: fc.integer({ min: 0, max: 2500 }) }),
  ),
  { maxLength: 12 },
)

describe('a list of lines', () => {
  it('holds, finds and cuts out what was put in, like an array', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(60), (made, place, amount) => {
        let list = LineList.empty
        let model: ReturnType<typeof lines> = []
        let [low, high] = [1_000_000, 1_000_000]
        for (const step of made) {
          if (step.kind === 'newer') {
            const added = lines(high, step.amount)
            ;[list, model, high] = [list.with(added), [...model, ...added], high + 2 * step.amount]
          } else {
            low -= 2 * step.amount
            const added = lines(low, step.amount)
            ;[list, model] = [list.withOlder(added), [...added, ...model]]
          }
        }
        const start = model.length === 0 ? 0 : place % model.length
        expect(list.length).toBe(model.length)
        expect([list.first, list.last]).toEqual([model[0], model.at(-1)])
        expect(list.slice(start, start + amount)).toEqual(model.slice(start, start + amount))
        const seq = model[start]?.seq ?? 7
        expect(list.indexOfSeq(seq)).toBe(model.findIndex((line) => line.seq === seq))
        expect(list.indexOfSeq(seq + 1)).toBe(-1)
        expect(list.indexFrom((line) => line.seq > seq)).toBe(
          model.filter((line) => line.seq <= seq).length,
        )
      }),
      { numRuns: 50 },
    )
  })

  it('keeps the newest, to the line', () => {
    const list = LineList.of(lines(0, 4500)).with(lines(9000, 700))
    expect(list.newest(10_000)).toBe(list)
    for (const max of [0, 1, 700, 701, 1200, 3000, 5199]) {
      const kept = list.newest(max)
      expect([kept.length, kept.slice(0, max)]).toEqual([max, list.slice(5200 - max, 5200)])
    }
  })

  it('joins what was held back', () => {
    const joined = LineList.of(lines(0, 3)).joined(LineList.of(lines(6, 2)))
    expect(joined.slice(0, 9).map(({ seq }) => seq)).toEqual([0, 2, 4, 6, 8])
  })
})
