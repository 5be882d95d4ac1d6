import { expect, test } from 'vitest'
import { spanDrawn } from './lane_drag.ts'

const HOUR = { fromMs: 1_000_000, toMs: 4_600_000 }

test('a drag is its span, in whichever direction it was drawn', () => {
  const half = { fromMs: 1_900_000, toMs: 2_800_000 }
  expect(spanDrawn(HOUR, 0.25, 0.5, 800)).toEqual(half)
  expect(spanDrawn(HOUR, 0.5, 0.25, 800)).toEqual(half)
})

test('a click is the moment with five seconds to either side', () => {
  expect(spanDrawn(HOUR, 0.5, 0.502, 800)).toEqual({ fromMs: 2_798_600, toMs: 2_808_600 })
})
