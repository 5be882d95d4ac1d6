/** Which answers are compared when nobody chose, and the rows that a person reads first. */
import { describe, expect, test } from 'vitest'
import type { Exchange, Run } from '../../../state/runs.ts'
import { compareRows } from './compare_rows.ts'
import { pairOf } from './pair.ts'

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
const idsOf = ({ a, b }: ReturnType<typeof pairOf>) => [a?.requestId, b?.requestId]

describe('the pair', () => {
  const two = runOf(2, exchange('2e', 'emotion'), exchange('2f', 'fatigue'))
  const one = runOf(1, exchange('1e', 'emotion'))

  test('is the two backends of the run that is shown', () => {
    expect(idsOf(pairOf([two, one], 2, NOBODY))).toEqual(['2e', '2f'])
  })
  test('is the run before, of the same backend', () => {
    expect(
      idsOf(
        pairOf([one, runOf(0, exchange('0f', 'fatigue'), exchange('0e', 'emotion'))], 1, NOBODY),
      ),
    ).toEqual(['1e', '0e'])
  })
  test('is what was chosen, as far as it is still there', () => {
    expect(idsOf(pairOf([two, one], 2, { a: '1e', b: '2f' }))).toEqual(['1e', '2f'])
    expect(idsOf(pairOf([two, one], 2, { a: 'gone', b: '2e' }))).toEqual(['2f', '2e'])
  })
  test('lacks what there is not', () => {
    expect(idsOf(pairOf([], null, NOBODY))).toEqual([undefined, undefined])
    expect(idsOf(pairOf([one], 1, NOBODY))).toEqual(['1e', undefined])
  })
})

describe('the rows', () => {
  const rows = compareRows(
    exchange('a', 'emotion'),
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
  )
  const row = (name: string) => rows.find((one) => one.name === name)

  test('have the change with its sign', () => {
    expect(row('confidence')).toMatchObject({ a: '0.7124', b: '0.7131', change: '+0.0007' })
  })
  test('have the largest gap of a class and the overlap of the boxes for both together', () => {
    expect(row('class_gap')).toMatchObject({ a: '', b: '', change: '0.0007' })
    expect(row('overlap')).toMatchObject({ change: '0.333' })
  })
  test('have the stages; an equal time has no sign', () => {
    expect(row('inference')).toMatchObject({ a: '3.1', b: '3.1', change: '0.0' })
    expect(row('total')).toMatchObject({ a: '9.4' })
  })
  test('of a request that failed have what is known of it', () => {
    const broken: Exchange = {
      ...exchange('c', 'emotion'),
      outcome: { phase: 'broken', message: 'gone' },
    }
    expect(
      compareRows(exchange('a', 'emotion'), broken).find(({ name }) => name === 'total'),
    ).toEqual({
      name: 'total',
      a: '9.4',
      b: '–',
      change: '',
    })
  })
})
