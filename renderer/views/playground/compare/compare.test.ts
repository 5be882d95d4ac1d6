import { describe, expect, test } from 'vitest'
import type { Exchange, Run } from '../../../state/runs.ts'
import { compareRows } from './compare_rows.ts'
import { pairOf } from './pair.ts'
import { repetitionsOf, spreadOf } from './repetitions.ts'

const exchange = (requestId: string, backend: string, differing: object = {}): Exchange => ({
  backend,
  requestId,
  sent: { head: '', file: new Blob(), tail: '' },
  sentAtMs: 0,
  outcome: {
    phase: 'answered',
    receivedText: '',
    roundTripMs: 9.4,
    reply: {
      type: 'inference_response',
      request_id: requestId,
      provider: 'cpu',
      timing: {
        queue_ms: 0,
        preprocess_ms: 4.6,
        inference_ms: 3.1,
        postprocess_ms: 0.6,
        total_ms: 8.3,
        batch_size: 1,
      },
      data: {
        prediction: 'neutral',
        confidence: 0.7124,
        image: { width: 100, height: 100 },
        probabilities: { neutral: 0.7124, happy: 0.2876 },
        faces: [
          {
            box: { x: 0, y: 0, width: 10, height: 10 },
            score: 1,
            presence: 1,
            keypoints: {},
            landmarks: [],
          },
        ],
        ...differing,
      },
    },
  },
})
const runOf = (id: number, ...exchanges: Exchange[]): Run => ({
  id,
  input: { id, kind: 'image', name: `${id}.jpg`, file: new Blob(), url: '' },
  exchanges,
})
const NOBODY = { a: null, b: null }
const idsOf = ({ a, b }: ReturnType<typeof pairOf>) => [
  a?.exchange.requestId,
  b?.exchange.requestId,
]
const alone = (one: Exchange) => ({ exchange: one, run: runOf(1, one) })

describe('the pair', () => {
  const input = { id: 9, kind: 'image', name: 'face.jpg', file: new Blob(), url: '' } as const
  const again = (run: Run): Run => ({ ...run, input })
  const two = runOf(2, exchange('2e', 'emotion'), exchange('2f', 'fatigue'))
  const one = runOf(1, exchange('1e', 'emotion'))

  test('is the shown run and the one before it, of the same backend; the earlier one is A', () => {
    expect(idsOf(pairOf([two, one], 2, NOBODY))).toEqual(['1e', '2e'])
    const other = runOf(0, exchange('0f', 'fatigue'), exchange('0e', 'emotion'))
    expect(idsOf(pairOf([one, other], 1, NOBODY))).toEqual(['0e', '1e'])
  })
  test('has the same input where there is one, even if another run is nearer', () => {
    const runs = [
      again(runOf(4, exchange('4e', 'emotion'))),
      runOf(3, exchange('3e', 'emotion')),
      again(runOf(2, exchange('2e', 'emotion'))),
    ]
    expect(idsOf(pairOf(runs, 4, NOBODY))).toEqual(['2e', '4e'])
  })
  test('of the oldest run is that one and the next', () => {
    expect(idsOf(pairOf([two, one], 1, NOBODY))).toEqual(['1e', '2e'])
  })
  test('is the two backends of a run only where neither has another answer', () => {
    expect(idsOf(pairOf([two], 2, NOBODY))).toEqual(['2e', '2f'])
  })
  test('is what was chosen, as far as it is still there', () => {
    expect(idsOf(pairOf([two, one], 2, { a: '2f', b: '1e' }))).toEqual(['2f', '1e'])
    expect(idsOf(pairOf([two, one], 2, { a: 'gone', b: '2e' }))).toEqual(['1e', '2e'])
  })
  test('lacks what there is not', () => {
    expect(idsOf(pairOf([], null, NOBODY))).toEqual([undefined, undefined])
    expect(idsOf(pairOf([one], 1, NOBODY))).toEqual(['1e', undefined])
  })
})

describe('runs that repeat one another', () => {
  const context = { precision: 'fp32', configHash: 'c', modelHashes: ['m'], isFirst: false }
  const input = { id: 9, kind: 'image', name: 'face.jpg', file: new Blob(), url: '' } as const
  const timed = (id: number, totalMs: number, differing: object = {}): Run => {
    const made = exchange(`${id}`, 'emotion')
    const outcome = { ...made.outcome, roundTripMs: totalMs } as Exchange['outcome']
    return { id, input, exchanges: [{ ...made, outcome, context: { ...context, ...differing } }] }
  }
  const sideOf = (run: Run) => ({ run, exchange: run.exchanges[0]! })

  test('count together, without the first after a start', () => {
    const runs = [timed(4, 12), timed(3, 11), timed(2, 10), timed(1, 900, { isFirst: true })]
    const { exchanges, isCold } = repetitionsOf(sideOf(runs[0]!), runs)
    expect(exchanges.map(({ requestId }) => requestId)).toEqual(['4', '3', '2'])
    expect(isCold).toBe(false)
  })
  test('stand for themselves when they are compared with one another', () => {
    const runs = [timed(3, 14), timed(2, 12), timed(1, 10)]
    const rows = compareRows(sideOf(runs[1]!), sideOf(runs[0]!), runs)
    const row = (name: string) => rows.find((one) => one.name === name)
    expect(row('repetitions')?.a.text).toBe('n = 1')
    expect(row('total')).toMatchObject({ a: { text: '12.0' }, b: { text: '14.0' }, change: '+2.0' })
  })
  test('include the first after a start, whose times stay its times', () => {
    const runs = [timed(2, 12), timed(1, 900, { isFirst: true })]
    const rows = compareRows(sideOf(runs[1]!), sideOf(runs[0]!), runs)
    const row = (name: string) => rows.find((one) => one.name === name)
    expect(row('repetitions')?.a.note).toBe('first after a start')
    expect(row('total')).toMatchObject({ a: { text: '900.0' }, b: { text: '12.0' } })
  })
  test('are passed over for the nearest run of another configuration', () => {
    const runs = [timed(3, 14), timed(2, 12), timed(1, 30, { configHash: 'before' })]
    expect(idsOf(pairOf(runs, 3, NOBODY))).toEqual(['1', '3'])
  })
  test('are none of another configuration, model or backend', () => {
    const runs = [
      timed(4, 12),
      timed(3, 11, { configHash: 'other' }),
      timed(2, 10, { modelHashes: ['int8'] }),
      { ...timed(1, 9), exchanges: [exchange('f', 'fatigue')] },
    ]
    expect(repetitionsOf(sideOf(runs[0]!), runs).exchanges).toHaveLength(1)
  })
  test('of which the only one is the first after a start are marked', () => {
    const cold = timed(1, 900, { isFirst: true })
    expect(repetitionsOf(sideOf(cold), [cold])).toMatchObject({ isCold: true })
    const row = compareRows(sideOf(cold), sideOf(timed(2, 12)), [cold]).find(
      ({ name }) => name === 'repetitions',
    )
    expect(row?.a).toEqual({ text: 'n = 1', note: 'first after a start' })
  })
  test('have a median, and a spread from four on', () => {
    expect(spreadOf([])).toBeNull()
    expect(spreadOf([3])).toEqual({ median: 3, deviation: null })
    expect(spreadOf([1, 9, 2])).toEqual({ median: 2, deviation: null })
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, deviation: 0.75 })
  })
  test('name precision, model and configuration, and whether they are the same', () => {
    const int8 = timed(2, 20, { precision: 'int8', configHash: 'd', modelHashes: ['i'] })
    const rows = compareRows(sideOf(timed(1, 10)), sideOf(int8), [])
    const row = (name: string) => rows.find((one) => one.name === name)
    expect(row('precision')).toMatchObject({ a: { text: 'fp32' }, b: { text: 'int8' } })
    expect(row('model')).toMatchObject({ change: 'differs' })
    expect(row('config')).toMatchObject({ change: 'differs' })
    expect(row('total')).toMatchObject({ change: '+10.0' })
  })
})

describe('the rows', () => {
  const rows = compareRows(
    alone(exchange('a', 'emotion')),
    alone(
      exchange('b', 'emotion', {
        confidence: 0.7131,
        probabilities: { neutral: 0.7131, happy: 0.2869 },
        faces: [
          {
            box: { x: 5, y: 0, width: 10, height: 10 },
            score: 1,
            presence: 1,
            keypoints: {},
            landmarks: [],
          },
        ],
      }),
    ),
    [],
  )
  const row = (name: string) => rows.find((one) => one.name === name)

  test('have the change with its sign', () => {
    expect(row('confidence')).toMatchObject({
      a: { text: '0.7124' },
      b: { text: '0.7131' },
      change: '+0.0007',
    })
  })
  test('have the largest gap of a class and the overlap of the boxes for both together', () => {
    expect(row('class_gap')).toMatchObject({ a: { text: '' }, change: '0.0007' })
    expect(row('overlap')).toMatchObject({ change: '0.333' })
  })
  test('have the stages; an equal time has no sign', () => {
    expect(row('inference')).toMatchObject({ a: { text: '3.1' }, change: '0.0' })
    expect(row('total')).toMatchObject({ a: { text: '9.4' } })
  })
  test('of a request that failed have what is known of it', () => {
    const broken: Exchange = {
      ...exchange('c', 'emotion'),
      outcome: { phase: 'broken', message: 'gone' },
    }
    const pair = [alone(exchange('a', 'emotion')), alone(broken)] as const
    expect(compareRows(...pair, []).find(({ name }) => name === 'total')).toMatchObject({
      a: { text: '9.4' },
      b: { text: '–' },
      change: '',
    })
  })
})
