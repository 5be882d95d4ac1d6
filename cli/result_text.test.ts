import { expect, it } from 'vitest'
import { resultText } from './result_text.ts'

const size = { width: 4, height: 4 }
const fatigue = {
  fatigue_score: 41.2,
  prediction_class: 0,
  confidence: 0.8,
  parts: [],
  model: { validated: false },
}

it.each<[string, unknown, string]>([
  [
    'a class',
    {
      prediction: 'cat',
      confidence: 0.912,
      image: size,
      top: [{ label: 'cat', probability: 0.912 }],
    },
    'cat 0.91',
  ],
  [
    'nothing found',
    { prediction: null, confidence: 0, image: size, detections: [], reason: 'no face' },
    'no prediction (no face)',
  ],
  ['a score', fatigue, 'score 41.2 of 100, confidence 0.80'],
  ['a score of nothing', { ...fatigue, reason: 'no face' }, 'no score (no face)'],
  ['an answer of another form', { prediction: 7.5, luma: 1 }, '7.5'],
  ['no object', null, 'no prediction (no reason given)'],
])('prints %s', (_, data, text) => {
  expect(resultText(data, undefined)).toBe(text)
})
