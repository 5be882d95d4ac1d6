import { expect, it } from 'vitest'
import { RepeatedLines } from './repeated_lines.ts'

function setUp() {
  const written: string[] = []
  const clock = { ms: 0 }
  const lines = new RepeatedLines<string | null>({
    add: (message, id) => written.push(id === null ? message : `${id}: ${message}`),
    now: () => clock.ms,
  })
  return { lines, written, clock }
}

it('writes the first of equal lines, and their number once their time is over', () => {
  const { lines, written, clock } = setUp()
  for (let index = 0; index < 150_000; index++) lines.add('not JSON', `r${index}`)
  expect(written).toEqual(['r0: not JSON'])
  clock.ms = 10_000
  lines.add('not JSON', 'next')
  expect(written.slice(1)).toEqual(['r149999: not JSON (repeated 149999 times)', 'next: not JSON'])
})

it('writes different lines, up to 50 in 10 s', () => {
  const { lines, written } = setUp()
  for (let index = 0; index < 1000; index++) lines.add(`wrong at ${index}`, null)
  expect(written).toHaveLength(50)
  lines.flush(null)
  expect(written.slice(50)).toEqual(['950 more warnings about this client were not logged'])
})

it('has nothing to add when nothing was repeated', () => {
  const { lines, written } = setUp()
  lines.add('a', null)
  lines.flush(null)
  lines.flush(null)
  expect(written).toEqual(['a'])
})
