import { expect, test } from 'vitest'
import { EMOTION_LABELS } from '../../protocol/results.ts'
import { combine, FA_EXPRESSION_LABELS, likeliest, MINI_XCEPTION_LABELS } from './labels.ts'

const certain = (labels: readonly string[], label: string) =>
  Float32Array.from(labels, (each) => (each === label ? 1 : 0))

test.each([
  ['angry', 'angry', 'angry'],
  ['disgust', 'disgust', 'disgusted'],
  ['fear', 'fear', 'fearful'],
  ['happy', 'happy', 'happy'],
  ['sad', 'sad', 'sad'],
  ['surprise', 'surprise', 'surprised'],
  ['neutral', 'neutral', 'neutral'],
] as const)('%s is what both classifiers call so', (emotion, first, second) => {
  const mean = combine(certain(MINI_XCEPTION_LABELS, first), certain(FA_EXPRESSION_LABELS, second))
  expect(mean[emotion]).toBe(1)
  expect(likeliest(mean)).toEqual({ prediction: emotion, confidence: 1 })
})

test('where the classifiers disagree, both count half', () => {
  const mean = combine(
    certain(MINI_XCEPTION_LABELS, 'sad'),
    certain(FA_EXPRESSION_LABELS, 'surprised'),
  )
  expect(mean).toMatchObject({ sad: 0.5, surprise: 0.5, happy: 0 })
  expect(Object.keys(mean)).toEqual([...EMOTION_LABELS])
})
