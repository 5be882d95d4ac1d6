import { expect, test } from 'vitest'
import { rowsInSight } from './row_window.ts'

const rows = (top: number, viewport: number, count: number) =>
  rowsInSight({ top, viewport }, { count, height: 20 })

test('the rows in sight and 16 on either side are drawn', () => {
  expect(rows(20_000, 400, 100_000)).toEqual({ start: 984, end: 1036 })
})

test('at the edges there are no more rows than there are', () => {
  expect(rows(0, 400, 100)).toEqual({ start: 0, end: 36 })
  expect(rows(1600, 400, 100)).toEqual({ start: 64, end: 100 })
  expect(rows(0, 400, 0)).toEqual({ start: 0, end: 0 })
})

test('a scroller that bounces, or is beyond the end, draws existing rows', () => {
  expect(rows(-80, 400, 100)).toEqual({ start: 0, end: 36 })
  const { start, end } = rows(1_000_000, 400, 100)
  expect([start, end]).toEqual([100, 100])
})
