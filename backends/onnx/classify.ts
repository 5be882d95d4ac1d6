/** Class scores to a classification result. */
import type { ClassificationOutput } from '../../protocol/onnx_config.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { InferenceResult } from '../base/backend.ts'
import { clampScore, isScore } from './output_check.ts'

/** `scores` is one row, `labelOf` names a class. Throws ProtocolError for probabilities outside 0 to 1. */
export function classificationResult(
  scores: Float32Array,
  { activation, top }: ClassificationOutput,
  labelOf: (index: number) => string,
): InferenceResult {
  const values = ACTIVATIONS[activation](scores)
  const ranked = Array.from(values, (probability, index) => ({ index, probability })).sort(
    (a, b) => b.probability - a.probability,
  )
  const wrong = [ranked[0], ranked.at(-1)].find((one) => one && !isScore(one.probability))
  if (wrong) {
    throw new ProtocolError(
      'internal',
      `the model returned the probability ${wrong.probability} for ${labelOf(wrong.index)}, outside 0 to 1; set output.activation: softmax or sigmoid`,
    )
  }
  const best = ranked[0]
  return {
    prediction: best === undefined ? null : labelOf(best.index),
    confidence: clampScore(best?.probability ?? 0),
    top: ranked.slice(0, top).map(({ index, probability }) => ({
      label: labelOf(index),
      index,
      probability: clampScore(probability),
    })),
  }
}

const ACTIVATIONS: Record<ClassificationOutput['activation'], (x: Float32Array) => Float32Array> = {
  none: (scores) => scores,
  sigmoid: (scores) => scores.map((score) => 1 / (1 + Math.exp(-score))),
  softmax: (scores) => {
    // Subtract the maximum: exp() of a large score would be infinite.
    const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity)
    const powers = scores.map((score) => Math.exp(score - highest))
    const sum = powers.reduce((a, b) => a + b, 0)
    return powers.map((power) => power / sum)
  },
}
