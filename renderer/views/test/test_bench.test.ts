import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../state/runs.ts'
import { fitted } from './fitted.ts'
import { prettyJson } from './pretty_json.ts'
import { summaryOf } from './reply_reading.ts'
import { timingSplit } from './timing_split.ts'

const timing = {
  queue_ms: 0.4,
  preprocess_ms: 4.6,
  inference_ms: 3.1,
  postprocess_ms: 0.6,
  total_ms: 8.7,
  batch_size: 1,
}

describe('the time of a request', () => {
  test('the socket is the round trip without the total of the backend', () => {
    const [socket] = timingSplit(timing, 9.4)
    expect(socket).toMatchObject({ name: 'socket', ms: expect.closeTo(0.7) })
  })
  test('what the total holds beyond the stages is shown as rest', () => {
    const stages = timingSplit({ ...timing, total_ms: 10 }, 11)
    expect(stages.at(-1)).toMatchObject({ name: 'rest', ms: expect.closeTo(1.3) })
  })
  test('rounding is no rest', () => {
    expect(timingSplit(timing, 9.4).map((stage) => stage.name)).not.toContain('rest')
  })
  test('two clocks that disagree make no negative time', () => {
    expect(timingSplit(timing, 8.6)[0]?.ms).toBe(0)
  })
  test('without a timing all of it is the socket', () => {
    expect(timingSplit(undefined, 20)).toEqual([{ name: 'socket', ms: 20 }])
  })
})

describe('a run in one line', () => {
  const image = { width: 4, height: 3 }
  const answered = (data: Record<string, unknown>): Exchange['outcome'] => ({
    phase: 'answered',
    reply: { type: 'inference_response', request_id: 'a', data },
    receivedText: '',
    roundTripMs: 1,
  })
  const cases: [string, Exchange['outcome'], string][] = [
    [
      'a prediction with its confidence',
      answered({ prediction: 'happy', confidence: 0.912, probabilities: {}, faces: [], image }),
      'happy 0.91',
    ],
    [
      'a picture without a face',
      answered({ prediction: null, confidence: 0, probabilities: null, faces: [], image }),
      'no face',
    ],
    [
      'a detection of an image model',
      answered({
        prediction: 'dog',
        confidence: 0.871,
        detections: [
          { label: 'dog', index: 16, score: 0.871, box: { x: 0, y: 0, width: 2, height: 2 } },
        ],
        image,
      }),
      'dog 0.87',
    ],
    [
      'a picture in which an image model found nothing',
      answered({ prediction: null, confidence: 0, detections: [], image }),
      'no object',
    ],
    ['an answer of another kind', answered({ brain_load_score: 31 }), 'answered'],
    [
      'an error by its code',
      {
        phase: 'refused',
        reply: { type: 'error', error: 'too large', code: 'too_large' },
        receivedText: '',
        roundTripMs: 1,
      },
      'too_large',
    ],
    ['no answer', { phase: 'broken', message: 'closed' }, 'no answer'],
  ]
  test.each(cases)('%s', (_, outcome, text) => {
    const sent = { head: '', image: new Blob(), tail: '' }
    expect(summaryOf({ backend: 'b', requestId: 'a', sent, sentAtMs: 0, outcome }).text).toBe(text)
  })
})

test('a picture is fitted whole, in the middle, and enlarged to twice its pixels at most', () => {
  expect(fitted({ width: 200, height: 100 }, { width: 100, height: 100 })).toEqual({
    width: 100,
    height: 50,
    scale: 0.5,
    left: 0,
    top: 25,
  })
  expect(fitted({ width: 10, height: 10 }, { width: 900, height: 900 })?.scale).toBe(2)
  expect(fitted({ width: 10, height: 10 }, { width: 0, height: 0 })).toBeNull()
})

test('pretty JSON keeps short lists on a line, cuts long ones and says how long they are', () => {
  const text = JSON.stringify({
    point: [1, 2],
    many: Array.from({ length: 468 }, (_, n) => [n, n]),
  })
  const pretty = prettyJson(text)
  expect(pretty).toContain('"point": [1, 2]')
  expect(pretty).toContain('… 465 more of 468')
})
