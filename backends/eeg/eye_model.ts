/** Committed weights of the eye state model and its prediction for one window. */
import { createHash } from 'node:crypto'
import { messageOf } from '../../protocol/errors.ts'
import { readRegularFile } from '../../files/regular_file.ts'
import { z } from 'zod'
import { EYE_BAND_HZ, FEATURES, logCovariance, SHRINKAGE } from './eye_features.ts'
import { predictLogistic, type Logistic } from './logistic.ts'
import { EMOTIV_14 } from './montage.ts'
import { ANALYSIS_RATE_HZ, WINDOW_S } from './windows.ts'

const scoreSchema = z.object({
  windows: z.number().int(),
  closed: z.number().int(),
  /** Null if the windows hold one class only. */
  balanced_accuracy: z.number().nullable(),
  auc: z.number().nullable(),
  accuracy: z.number(),
  /** Accuracy of always predicting the more frequent class of these windows. */
  majority_accuracy: z.number(),
})
export type Score = z.infer<typeof scoreSchema>

const foldScoreSchema = scoreSchema.extend({
  l2: z.number(),
  train_windows: z.number().int(),
  /** Position of the test windows in the recording. */
  start_s: z.number(),
  end_s: z.number(),
})
export type FoldScore = z.infer<typeof foldScoreSchema>

export const eyeEvaluationSchema = z.object({
  method: z.string(),
  folds: z.array(foldScoreSchema),
  /** Only folds with both classes, which are the easier ones. */
  fold_balanced_accuracy: z.object({ mean: z.number(), sd: z.number(), folds: z.number().int() }),
  fold_auc: z.object({ mean: z.number(), sd: z.number() }),
  /** All test windows of all folds: the value to quote. */
  pooled: scoreSchema,
  last_part: foldScoreSchema,
  /** The same windows split at random, so that neighbours leak into the training set. Not a result. */
  shuffled_leak: z.object({ balanced_accuracy: z.number(), auc: z.number() }),
  /** Pooled balanced accuracy with labels shifted in time: the chance level of this recording. */
  shifted_labels: z.object({
    mean: z.number(),
    sd: z.number(),
    max: z.number(),
    shifts: z.number().int(),
  }),
})
export type EyeEvaluation = z.infer<typeof eyeEvaluationSchema>

const featureVector = z.array(z.number()).length(FEATURES)

/** Preprocessing is code; these literals reject weights trained for another one. */
export const eyeModelFileSchema = z.object({
  name: z.literal('eye_state_logcov_logistic'),
  version: z.string(),
  licence: z.string(),
  validated: z.literal(false),
  sampling_rate_hz: z.literal(ANALYSIS_RATE_HZ),
  band_hz: z.object({ low: z.literal(EYE_BAND_HZ.low), high: z.literal(EYE_BAND_HZ.high) }),
  window_s: z.literal(WINDOW_S),
  shrinkage: z.literal(SHRINKAGE),
  channels: z
    .array(z.string())
    .refine((names) => names.join() === EMOTIV_14.join(), 'not the 14 channels in their order'),
  training: z.object({
    source: z.string(),
    sha256: z.string(),
    people: z.number().int(),
    recordings: z.number().int(),
    duration_s: z.number(),
    windows: z.number().int(),
    windows_closed: z.number().int(),
    windows_mixed_left_out: z.number().int(),
    hop_samples: z.number().int(),
  }),
  evaluation: eyeEvaluationSchema,
  l2: z.number(),
  bias: z.number(),
  weights: featureVector,
  mean: featureVector,
  scale: featureVector,
})
export type EyeModelFile = z.infer<typeof eyeModelFileSchema>

export interface EyeModel {
  file: EyeModelFile
  sha256: string
  bytes: number
  logistic: Logistic
}

/** It has a few kilobytes. */
const EYE_MODEL_BYTES_MAX = 1024 ** 2

export async function loadEyeModel(path: string): Promise<EyeModel> {
  const bytes = await readRegularFile(path, EYE_MODEL_BYTES_MAX).catch((cause: unknown) => {
    throw new Error(
      `the eye state model ${path} cannot be opened (${messageOf(cause)}); restore it`,
      {
        cause,
      },
    )
  })
  try {
    return parseEyeModel(bytes)
  } catch (cause) {
    throw new Error(`${path} is not the eye state model; restore it, or run train.ts`, { cause })
  }
}

export function parseEyeModel(bytes: Uint8Array): EyeModel {
  const file = eyeModelFileSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.byteLength,
    logistic: {
      mean: Float64Array.from(file.mean),
      scale: Float64Array.from(file.scale),
      weights: Float64Array.from(file.weights),
      bias: file.bias,
      l2: file.l2,
    },
  }
}

/** Probability of closed eyes in the window at `start` of the filtered channels. */
export function closedProbability(
  model: EyeModel,
  samples: readonly Float64Array[],
  start: number,
): number {
  return predictLogistic(model.logistic, logCovariance(samples, start))
}
