import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { baselineOf, closureOf, longestRunS, shareInRuns } from './closure.ts'
import { measureEyetrack, median, parseColumnMap } from './eyetrack.ts'
import { measureFace, type FaceMeasures } from './face_measures.ts'
import { RollingMinutes } from './rolling_minute.ts'
import { scoreOf } from './score.ts'
import { analyseWindow } from './window.ts'

const face = (ear: number, more: Partial<FaceMeasures> = {}): FaceMeasures => ({
  ear,
  earRight: ear,
  earLeft: ear,
  mar: 0.05,
  pitchDeg: 0,
  ...more,
})
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

describe('one face', () => {
  /** All points at the origin except the given ones. */
  const mesh = (given: Record<number, [number, number]>, depths: Record<number, number> = {}) => ({
    points: Array.from({ length: 468 }, (_, index) => given[index] ?? ([0, 0] as const)),
    depths: Float32Array.from({ length: 468 }, (_, index) => depths[index] ?? 0),
  })
  it('EAR is the height of an eye by its width', () => {
    const { earRight, earLeft, ear } = measureFace(
      mesh({
        33: [0, 0],
        133: [10, 0],
        160: [3, -2],
        144: [3, 2],
        158: [7, -1],
        153: [7, 1],
        362: [0, 0],
        263: [10, 0],
        385: [3, 0],
        380: [3, 0],
        387: [7, 0],
        373: [7, 0],
      }),
    )
    expect(earRight).toBeCloseTo((4 + 2) / 20)
    expect(earLeft).toBe(0)
    expect(ear).toBeCloseTo(0.15)
  })
  it('MAR is the height of the open mouth by its width', () => {
    const { mar } = measureFace(mesh({ 13: [5, 0], 14: [5, 6], 78: [0, 3], 308: [10, 3] }))
    expect(mar).toBeCloseTo(0.6)
  })
  it('the pitch grows when the chin goes back', () => {
    const points: Record<number, [number, number]> = { 10: [0, 0], 152: [0, 100] }
    expect(measureFace(mesh(points, { 152: 100 })).pitchDeg).toBeCloseTo(45)
    expect(measureFace(mesh(points, { 152: -100 })).pitchDeg).toBeCloseTo(-45)
  })
  it('a face whose points coincide has no openings, not NaN', () => {
    expect(measureFace(mesh({}))).toMatchObject({ ear: 0, mar: 0 })
  })
})

describe('closure', () => {
  it('takes the 90th percentile of the window as open, floored', () => {
    expect(baselineOf([...times(9, 0.3), 0.9], null)).toEqual({ earOpen: 0.3, source: 'window' })
    expect(baselineOf(times(5, 0.1), null)).toEqual({ earOpen: 0.2, source: 'floor' })
    expect(baselineOf(times(5, 0.1), 0.16)).toEqual({ earOpen: 0.16, source: 'client' })
  })
  it('runs from 0 at open to 1 at a quarter of it', () => {
    const baseline = { earOpen: 0.32, source: 'client' as const }
    expect(closureOf(0.4, baseline)).toBe(0)
    expect(closureOf(0.2, baseline)).toBeCloseTo(0.5)
    expect(closureOf(0.08, baseline)).toBeCloseTo(1)
    expect(closureOf(0, baseline)).toBe(1)
  })
  it('a frame without a face ends a run', () => {
    expect(longestRunS([true, true, null, true], 0.5)).toBe(1)
  })
  it('only runs of the minimum length count', () => {
    const yawn = [...times(10, true), ...times(5, false), ...times(9, true)]
    expect(shareInRuns(yawn, 0.1, 1)).toBeCloseTo(10 / 24)
    expect(shareInRuns([null, null], 0.1, 1)).toBe(0)
  })
})

describe('the score', () => {
  it('is 100 when everything is full and 0 when nothing is', () => {
    const full = { closureShare: 1, longestClosureS: 9, yawnShare: 1, headDownShare: 1 }
    expect(scoreOf(full).score).toBeCloseTo(100)
    const none = { closureShare: 0, longestClosureS: 0, yawnShare: 0, headDownShare: 0 }
    expect(scoreOf(none).score).toBe(0)
  })
  it('shares the weight of terms that have no value among the others', () => {
    const { score, terms } = scoreOf({
      closureShare: 0.15,
      longestClosureS: null,
      yawnShare: null,
      headDownShare: 0,
    })
    expect(score).toBeCloseTo((100 * 0.6) / 0.7)
    expect(terms.map(({ points }) => points === null)).toEqual([false, true, true, false])
  })
})

describe('a window', () => {
  it('of open eyes scores 0', () => {
    const { score, predictionClass, coverage } = analyseWindow({
      frames: times(75, face(0.3)),
      elapsedS: 5,
      baselineEar: null,
    })
    expect([score, predictionClass, coverage]).toEqual([0, 0, 1])
  })
  it('with eyes shut for a third of it is class 1', () => {
    const { score, predictionClass, longestClosureS, closureShare } = analyseWindow({
      frames: [...times(50, face(0.3)), ...times(25, face(0.05))],
      elapsedS: 5,
      baselineEar: null,
    })
    expect(closureShare).toBeCloseTo(1 / 3)
    expect(longestClosureS).toBeCloseTo(25 / 15)
    expect(score).toBeCloseTo(75)
    expect(predictionClass).toBe(1)
  })
  it('without a face in any frame has a numeric score and no confidence', () => {
    expect(
      analyseWindow({ frames: times(75, null), elapsedS: 5, baselineEar: null }),
    ).toMatchObject({
      score: 0,
      predictionClass: 0,
      confidence: 0,
      coverage: 0,
    })
  })
  it('without a duration leaves out what needs time', () => {
    const { terms, longestClosureS } = analyseWindow({
      frames: [face(0.3), null],
      elapsedS: null,
      baselineEar: null,
    })
    expect(longestClosureS).toBeNull()
    expect(terms.filter(({ value }) => value === null)).toHaveLength(2)
  })
  it('always scores from 0 to 100 with a confidence from 0 to 1', () => {
    const anyFrame = fc.option(
      fc.record({
        ear: fc.double({ min: 0, max: 1, noNaN: true }),
        mar: fc.double({ min: 0, max: 3, noNaN: true }),
        pitchDeg: fc.double({ min: -90, max: 90, noNaN: true }),
      }),
    )
    fc.assert(
      fc.property(
        fc.array(anyFrame, { minLength: 1, maxLength: 90 }),
        fc.option(fc.double({ min: 0.01, max: 60, noNaN: true })),
        (frames, elapsedS) => {
          const { score, confidence } = analyseWindow({
            frames: frames.map((one) => one && face(one.ear, one)),
            elapsedS,
            baselineEar: null,
          })
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(100.000001)
          expect(confidence).toBeGreaterThanOrEqual(0)
          expect(confidence).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('the rolling minute', () => {
  const window = (endS: number, closedFrames: number) => ({
    endS,
    durationS: 5,
    validFrames: 10,
    closedFrames,
  })
  it('adds up the windows of a stream and forgets those older than a minute', () => {
    const minutes = new RollingMinutes()
    expect(minutes.add('a', window(5, 10))).toEqual({ perclos: 1, seconds: 5 })
    expect(minutes.add('a', window(10, 0))).toEqual({ perclos: 0.5, seconds: 10 })
    expect(minutes.add('b', window(10, 0))).toEqual({ perclos: 0, seconds: 5 })
    expect(minutes.add('a', window(68, 0))?.perclos).toBe(0)
  })
  it('restarts when the clock jumps back', () => {
    const minutes = new RollingMinutes()
    minutes.add('a', window(1000, 10))
    expect(minutes.add('a', window(5, 0))).toEqual({ perclos: 0, seconds: 5 })
  })
})

describe('eye-tracker samples', () => {
  it('are only counted when no column is mapped', () => {
    expect(measureEyetrack(times(375, times(8, 0)), {}, 5)).toEqual({
      samples: 375,
      dropout_share: null,
      blinks_per_min: null,
      gaze_dispersion: null,
    })
  })
  it('give dropout, blinks and dispersion when they are', () => {
    const columns = parseColumnMap('gaze_x=0, gaze_y=1, validity=7')
    const sample = (x: number, valid: number) => [x, 0, 0, 0, 0, 0, 0, valid]
    const samples = [
      ...times(45, sample(1, 1)),
      ...times(10, sample(0, 0)),
      ...times(45, sample(3, 1)),
    ]
    const measured = measureEyetrack(samples, columns, 2)
    expect(measured.dropout_share).toBeCloseTo(0.1)
    expect(measured.blinks_per_min).toBeCloseTo(30)
    expect(measured.gaze_dispersion).toBeCloseTo(1)
  })
  it.each(['gaze=0', 'gaze_x=8', 'gaze_x', 'gaze_x=-1'])(
    'the map "%s" is refused by name',
    (text) => {
      expect(() => parseColumnMap(text)).toThrow(text)
    },
  )
  it('the median of an even count is the mean of the middle two', () => {
    expect([median([]), median([3]), median([4, 1]), median([9, 1, 2])]).toEqual([0, 3, 2.5, 2])
  })
})
