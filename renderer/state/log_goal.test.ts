import { expect, test } from 'vitest'
import { aLine } from '../../testing/views.ts'
import { LineList } from './line_list.ts'
import { indexAt, isBeforeMemory, nextUntil, reachesBackTo } from './log_goal.ts'

const lines = LineList.of([10, 20, 30].map((time, seq) => aLine({ seq, time })))

test.each([
  [5, 0],
  [20, 1],
  [21, 2],
  [31, 2],
])('the moment %d is at line %d', (time, index) => {
  expect(indexAt(lines, time)).toBe(index)
})

test('without lines there is none', () => {
  expect(indexAt(LineList.empty, 5)).toBe(-1)
})

test('only a list that is not whole can lack what is older than its first line', () => {
  expect(reachesBackTo({ lines, isWhole: true }, 5)).toBe(true)
  expect(reachesBackTo({ lines, isWhole: false }, 10)).toBe(true)
  expect(reachesBackTo({ lines, isWhole: false }, 9)).toBe(false)
})

test.each([
  ['of an earlier run', { dropped: 0, isWhole: false }, 5, 8, true],
  ['of this run, before its first line', { dropped: 0, isWhole: true }, 9, 8, false],
  ['whose lines memory has let go', { dropped: 7, isWhole: true }, 9, 8, true],
  ['whose lines may still come', { dropped: 7, isWhole: false }, 9, 8, false],
])('a moment %s is before memory: %o', (_title, log, timeMs, startedAtMs, isBefore) => {
  expect(isBeforeMemory({ lines, ...log }, timeMs, startedAtMs)).toBe(isBefore)
})

test('each question reaches less far beyond the moment, and the last one ends', () => {
  expect([nextUntil(0, null), nextUntil(0, 60_000), nextUntil(0, 5000), nextUntil(0, 0)]).toEqual([
    60_000,
    5000,
    0,
    null,
  ])
})
