import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differencesOf, failuresOf, leavesOf } from './differences.ts'

const a = { prediction: 'happy', faces: [{ box: { x: 10 }, score: 0.9 }], reason: null }
const b = { prediction: 'neutral', faces: [{ box: { x: 12 }, score: 0.95 }], reason: null, more: 1 }

describe('differences', () => {
  test('stand by path, the largest gap first, words and missing values last', () => {
    expect(differencesOf(a, b)).toEqual([
      { path: 'faces[0].box.x', a: 10, b: 12, gap: 2 },
      { path: 'faces[0].score', a: 0.9, b: 0.95, gap: expect.closeTo(0.05) },
      { path: 'prediction', a: 'happy', b: 'neutral', gap: null },
      { path: 'more', a: undefined, b: 1, gap: null },
    ])
  })
  test('there are none between equal documents, whatever they hold', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => differencesOf(json, json).length === 0))
  })
  test('of how the answer came are none', () => {
    const came = (ms: number, cached: boolean) => ({ inference_time_ms: ms, cached })
    expect(differencesOf(came(4, false), came(5, true))).toEqual([])
  })
  test('are left out by the kind of the result', () => {
    const score = (cached: boolean) => ({
      ...{ fatigue_score: 41, prediction_class: 0, confidence: 1, parts: [], cached },
      model: { validated: false },
    })
    expect(differencesOf(score(false), score(true)).map(({ path }) => path)).toEqual(['cached'])
  })
  test('a document without objects is one value', () => {
    expect([...leavesOf(7, /_ms$/)]).toEqual([['', 7]])
  })
})

describe('a tolerance', () => {
  const tolerance = { absolute: 0.01, relative: 0.1 }
  test.each([
    [0.5, 0.55, 0],
    [0.5, 0.57, 1],
    [0, 0.01, 0],
    [0, 0.011, 1],
    [-100, -110, 0],
    [-100, -111, 1],
  ])('of 0.01 and 10 %% on %d and %d leaves %d failures', (expected, actual, failures) => {
    expect(failuresOf({ x: expected }, { x: actual }, tolerance)).toHaveLength(failures)
  })
  test('never forgives a word, a missing value or no number', () => {
    expect(failuresOf({ x: 'a' }, { x: 'b' }, tolerance)).toHaveLength(1)
    expect(failuresOf({ x: 1 }, {}, tolerance)).toHaveLength(1)
    expect(failuresOf({ x: 1 }, { x: NaN }, tolerance)).toHaveLength(1)
  })
})
