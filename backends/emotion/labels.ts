/** The seven emotions in protocol order, and the orders of both classifiers. */
import { EMOTION_LABELS, type EmotionLabel } from '../../protocol/results.ts'

/** oarriaga/face_classification, `get_labels('fer2013')`; human's src/gear/emotion.ts agrees. */
export const MINI_XCEPTION_LABELS: readonly EmotionLabel[] = [
  'angry',
  'disgust',
  'fear',
  'happy',
  'sad',
  'surprise',
  'neutral',
]

/** face-api's src/faceExpressionNet/FaceExpressions.ts. */
export const FA_EXPRESSION_LABELS = [
  'neutral',
  'happy',
  'sad',
  'angry',
  'fearful',
  'disgusted',
  'surprised',
] as const

const FA_NAME_OF: Record<EmotionLabel, (typeof FA_EXPRESSION_LABELS)[number]> = {
  angry: 'angry',
  disgust: 'disgusted',
  fear: 'fearful',
  happy: 'happy',
  sad: 'sad',
  surprise: 'surprised',
  neutral: 'neutral',
}

export type Probabilities = Record<EmotionLabel, number>

/** Plain mean of both classifiers. Weights or temperatures would need labelled data, which we do not have. */
export function combine(miniXception: Float32Array, faExpression: Float32Array): Probabilities {
  const entries = EMOTION_LABELS.map((label) => {
    const first = miniXception[MINI_XCEPTION_LABELS.indexOf(label)] ?? 0
    const second = faExpression[FA_EXPRESSION_LABELS.indexOf(FA_NAME_OF[label])] ?? 0
    return [label, (first + second) / 2]
  })
  return Object.fromEntries(entries) as Probabilities
}

/** Ties go to the first in protocol order. */
export function likeliest(probabilities: Probabilities): {
  prediction: EmotionLabel
  confidence: number
} {
  const prediction = EMOTION_LABELS.reduce((best, label) =>
    probabilities[label] > probabilities[best] ? label : best,
  )
  return { prediction, confidence: probabilities[prediction] }
}
