import { describe, expect, test } from 'vitest'
import { iouOf } from './box.ts'

describe('the overlap of two boxes', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 }
  test.each([
    [box, 1],
    [{ ...box, x: 5 }, 1 / 3],
    [{ ...box, x: 10 }, 0],
    [{ ...box, x: 50 }, 0],
    [{ x: 2, y: 2, width: 5, height: 5 }, 0.25],
  ])('%j', (other, overlap) => {
    expect(iouOf(box, other)).toBeCloseTo(overlap)
  })
  test('without an area there is none', () => {
    expect(iouOf({ ...box, width: 0 }, { ...box, width: 0 })).toBe(0)
  })
})
