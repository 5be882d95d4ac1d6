import { describe, expect, test } from 'vitest'
import { aLine, TEST_EPOCH } from '../../testing/views.ts'
import {
  appended,
  followed,
  LINES_MAX,
  NO_LINES,
  PAGE_LINES,
  paused,
  withOlder,
  type LogLines,
} from './log_lines.ts'

const none = { debug: 0, info: 0, warn: 0, error: 0 }
const lines = (from: number, amount: number) =>
  Array.from({ length: amount }, (_, index) => aLine({ seq: from + index }))
const seqs = ({ lines: list }: LogLines) => list.slice(0, list.length).map((line) => line.seq)

describe('while following', () => {
  test('new lines go to the end and the counts of the push are added', () => {
    const first = appended(NO_LINES, lines(0, 2), { ...none, info: 2 })
    const second = appended(first, lines(2, 1), { ...none, info: 1, debug: 4 })
    expect(seqs(second)).toEqual([0, 1, 2])
    expect(second.counts).toEqual({ ...none, info: 3, debug: 4 })
  })
  test('a line that is already there is not added again', () => {
    expect(seqs(appended(appended(NO_LINES, lines(0, 3), none), lines(1, 3), none))).toEqual([
      0, 1, 2, 3,
    ])
  })
  test('the oldest lines make room at the maximum', () => {
    const log = appended(appended(NO_LINES, lines(0, LINES_MAX), none), lines(LINES_MAX, 5), none)
    expect(log.lines).toHaveLength(LINES_MAX)
    expect(log.lines.first?.seq).toBe(5)
  })
})

describe('older lines', () => {
  const newest = appended(NO_LINES, lines(PAGE_LINES, 2), none)

  test('go in front, and a page that is not full is the last one', () => {
    const full = withOlder(newest, lines(0, PAGE_LINES))
    expect([full.lines.length, full.lines.first?.seq, full.isWhole]).toEqual([
      PAGE_LINES + 2,
      0,
      false,
    ])
    expect(withOlder(newest, lines(1, 5)).isWhole).toBe(true)
    expect(withOlder(newest, []).isWhole).toBe(true)
  })
  test('that are here already do not come twice', () => {
    expect(seqs(withOlder(newest, lines(PAGE_LINES - 1, 3)))).toEqual([
      PAGE_LINES - 1,
      PAGE_LINES,
      PAGE_LINES + 1,
    ])
  })
  test('find no room beyond the maximum', () => {
    const many = appended(NO_LINES, lines(PAGE_LINES, LINES_MAX - 1), none)
    const filled = withOlder(many, lines(0, PAGE_LINES))
    expect([filled.lines.length, filled.lines.first?.seq, filled.isWhole]).toEqual([
      LINES_MAX,
      PAGE_LINES - 1,
      true,
    ])
  })
})

describe('while paused', () => {
  const reading = paused(appended(NO_LINES, lines(0, 2), none), TEST_EPOCH)

  test('what is read does not move; new lines wait', () => {
    const log = appended(reading, lines(2, 3), none)
    expect(seqs(log)).toEqual([0, 1])
    expect(log.held).toHaveLength(3)
  })
  test('waiting lines are bounded too', () => {
    expect(appended(reading, lines(2, LINES_MAX + 7), none).held).toHaveLength(LINES_MAX)
  })
  test('following again shows them', () => {
    const log = followed(appended(reading, lines(2, 3), none))
    expect(seqs(log)).toEqual([0, 1, 2, 3, 4])
    expect(log).toMatchObject({ following: true, pausedAtMs: null })
    expect(log.held).toHaveLength(0)
  })
})
