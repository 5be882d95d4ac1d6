import { describe, expect, test } from 'vitest'
import type { Exchange, Run } from '../../state/runs.ts'
import { fitted } from './fitted.ts'
import { prettyJson } from './pretty_json.ts'
import { drawablesOf, drawnOf, eegOf, summaryOf } from './reply_reading.ts'
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
  test('rounding is not a rest', () => {
    expect(timingSplit(timing, 9.4).map((stage) => stage.name)).not.toContain('rest')
  })
  test('two clocks that disagree make no negative time', () => {
    expect(timingSplit(timing, 8.6)[0]?.ms).toBe(0)
  })
  test('without a timing all of it is the socket', () => {
    expect(timingSplit(undefined, 20)).toEqual([{ name: 'socket', ms: 20 }])
  })
})

const image = { width: 4, height: 3 }
const answered = (data: Record<string, unknown>): Exchange['outcome'] => ({
  phase: 'answered',
  reply: { type: 'inference_response', request_id: 'a', data },
  receivedText: '',
  roundTripMs: 1,
})
const exchangeOf = (backend: string, outcome: Exchange['outcome']): Exchange => ({
  backend,
  requestId: backend,
  sent: { head: '', file: new Blob(), tail: '' },
  sentAtMs: 0,
  outcome,
})
const face = {
  box: { x: 0, y: 0, width: 2, height: 2 },
  score: 0.9,
  presence: 1,
  keypoints: {},
  landmarks: [],
}
const fatigueFace = { ...face, ear: 0.3, ear_right: 0.3, ear_left: 0.3, mar: 0.1, pitch_deg: 2 }
const fatigue = (differing: Record<string, unknown>) => ({
  fatigue_score: 33.7,
  prediction_class: 0,
  prediction: 0.337,
  confidence: 0.03,
  parts: [
    { name: 'yawning', weight: 0.15, value: null, cut_off: 1, unit: 'share', points: null },
    { name: 'head_down', weight: 0.1, value: 0, cut_off: 1, unit: 'share', points: 0 },
  ],
  model: { name: 'heuristic', validated: false },
  image,
  ...differing,
})
const eeg = (differing: Record<string, unknown>) => ({
  prediction: 'low',
  confidence: 1,
  brain_load_score: 39.1,
  state: 'low',
  window_results: [],
  windows_total: 0,
  artefact_windows: [],
  index: { name: 'engagement index', formula: 'E', source: 'a paper', validated: false },
  recording: { duration_s: 2, sampling_rate: 250, channels: ['O1'], notes: [] },
  bands_hz: Object.fromEntries(
    ['delta', 'theta', 'alpha', 'beta', 'gamma'].map((band) => [band, { low: 1, high: 4 }]),
  ),
  channels: [],
  traces: { step_s: 0.01, channels: [] },
  eye_state: null,
  ...differing,
})

describe('over the picture', () => {
  const run: Run = {
    id: 1,
    input: { id: 1, kind: 'image', name: 'face.jpg', file: new Blob(), url: '' },
    exchanges: [
      exchangeOf(
        'none',
        answered({ prediction: null, confidence: 0, probabilities: null, faces: [], image }),
      ),
      exchangeOf('fatigue', answered(fatigue({ faces: [fatigueFace] }))),
      exchangeOf(
        'emotion',
        answered({
          prediction: 'sad',
          confidence: 0.8,
          probabilities: {},
          faces: [{ ...face, prediction: 'sad', confidence: 0.8 }],
          image,
        }),
      ),
    ],
  }
  test.each([
    [null, 'fatigue', '34 of 100'],
    ['emotion', 'emotion', 'sad 0.80'],
    ['none', 'fatigue', '34 of 100'],
  ])('with %j chosen are the findings of %s', (chosen, backend, verdict) => {
    const drawn = drawnOf(run, chosen)
    expect(drawn?.backend).toBe(backend)
    expect(drawn?.reading.findings[0]?.verdict).toBe(verdict)
  })
  test('are the findings of the answer that found most', () => {
    const one = exchangeOf('fatigue', answered(fatigue({ faces: [fatigueFace] })))
    const six = exchangeOf(
      'emotion',
      answered({
        prediction: 'happy',
        confidence: 0.9,
        probabilities: {},
        faces: Array.from({ length: 6 }, () => face),
        image,
      }),
    )
    const group = { ...run, exchanges: [one, six] }
    expect(drawnOf(group, null)).toMatchObject({ backend: 'emotion' })
    expect(drawnOf(group, 'fatigue')).toMatchObject({ backend: 'fatigue' })
    expect(drawablesOf(group).map(({ backend }) => backend)).toEqual(['emotion', 'fatigue'])
  })
  test('is nothing of a recording, which has traces instead', () => {
    const recorded = { ...run, exchanges: [exchangeOf('eeg', answered(eeg({})))] }
    expect(drawnOf(recorded, null)).toBeNull()
    expect(eegOf(recorded)?.state).toBe('low')
    expect(eegOf(run)).toBeNull()
  })
})

describe('a run in one line', () => {
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
      'several faces by their classes, the most frequent first',
      answered({
        prediction: 'sad',
        confidence: 0.5,
        probabilities: {},
        faces: ['sad', 'happy', 'happy', 'fear', 'anger', 'anger'].map((prediction) => ({
          ...face,
          prediction,
          confidence: 0.5,
        })),
        image,
      }),
      '6 faces: 2 happy, 2 anger, 1 sad, 1 other',
    ],
    [
      'several objects by their labels',
      answered({
        prediction: 'dog',
        confidence: 0.9,
        detections: ['dog', 'dog'].map((label) => ({
          label,
          score: 0.9,
          box: { x: 0, y: 0, width: 2, height: 2 },
        })),
        image,
      }),
      '2 objects: 2 dog',
    ],
    ['a reply without a known kind by its prediction', answered({ prediction: 7.51 }), '7.51'],
    [
      'a prediction about a picture without classes or boxes',
      answered({ prediction: 'bright', confidence: 1, luma: 0.8, image }),
      'bright',
    ],
    [
      'a picture in which an image model found nothing',
      answered({ prediction: null, confidence: 0, detections: [], image }),
      'no object',
    ],
    ['a fatigue score', answered(fatigue({ faces: [fatigueFace] })), 'fatigue 34'],
    [
      'a fatigue score of no face',
      answered(fatigue({ faces: [], reason: 'no face in the picture' })),
      'no face',
    ],
    [
      'a window of frames, without a picture',
      answered(fatigue({ image: undefined })),
      'fatigue 34',
    ],
    ['an EEG index', answered(eeg({})), 'load 39, low'],
    [
      'a recording that is too short',
      answered(eeg({ brain_load_score: null, state: null, message: 'too short' })),
      'no score',
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
    expect(summaryOf(exchangeOf('b', outcome)).text).toBe(text)
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

test('pretty JSON keeps short lists on a line, cuts long ones and shows their length', () => {
  const text = JSON.stringify({
    point: [1, 2],
    many: Array.from({ length: 468 }, (_, n) => [n, n]),
  })
  const pretty = prettyJson(text)
  expect(pretty).toContain('"point": [1, 2]')
  expect(pretty).toContain('… 465 more of 468')
})
