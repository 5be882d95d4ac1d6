/** The deterministic model file of train.ts: no dates, few digits. */
import { TRAINING_HOP_SAMPLES, type EyeDataset } from './eye_dataset.ts'
import { EYE_BAND_HZ, SHRINKAGE } from '../../backends/eeg/eye_features.ts'
import type { EyeEvaluation, EyeModelFile } from '../../backends/eeg/eye_model.ts'
import type { Logistic } from '../../backends/eeg/logistic.ts'
import { EMOTIV_14 } from '../../backends/eeg/montage.ts'
import { roundedDeep, significant } from '../../backends/eeg/rounding.ts'
import { ANALYSIS_RATE_HZ, WINDOW_S } from '../../backends/eeg/windows.ts'

const VERSION = '1'
/** Rounding changes probabilities by at most a millionth, and hides platform differences of exp. */
const WEIGHT_DIGITS = 7
const FIGURE_DIGITS = 4

export function makeModelFile(
  dataset: EyeDataset,
  { mean, scale, weights, bias, l2 }: Logistic,
  evaluation: EyeEvaluation,
): EyeModelFile {
  const vector = (values: Float64Array) =>
    [...values].map((value) => significant(value, WEIGHT_DIGITS))
  return {
    name: 'eye_state_logcov_logistic',
    version: VERSION,
    licence: 'MIT',
    validated: false,
    sampling_rate_hz: ANALYSIS_RATE_HZ,
    band_hz: EYE_BAND_HZ,
    window_s: WINDOW_S,
    shrinkage: SHRINKAGE,
    channels: [...EMOTIV_14],
    training: {
      source: 'UCI EEG Eye State (Oliver Roesler, 2013), CC BY 4.0',
      sha256: dataset.sha256,
      people: 1,
      recordings: 1,
      duration_s: significant(dataset.samples / ANALYSIS_RATE_HZ, FIGURE_DIGITS),
      windows: dataset.windows.length,
      windows_closed: dataset.labels.filter((label) => label === 1).length,
      windows_mixed_left_out: dataset.mixedCount,
      hop_samples: TRAINING_HOP_SAMPLES,
    },
    evaluation: roundedDeep(evaluation, FIGURE_DIGITS),
    l2,
    bias: significant(bias, WEIGHT_DIGITS),
    weights: vector(weights),
    mean: vector(mean),
    scale: vector(scale),
  }
}

const LINE_LENGTH_MAX = 100

/** Formatted like the project's formatter: lists of numbers fill their lines. */
export function formatModelFile(file: EyeModelFile): string {
  const text = JSON.stringify(file, null, 2)
  const filled = text.replace(/\[\s+(-?[\d.e+-]+,\s+)+-?[\d.e+-]+\s+\]/g, (list) => {
    const lines = ['']
    for (const item of list.slice(1, -1).trim().split(/\s+/)) {
      const line = lines[lines.length - 1] as string
      const next = line === '' ? `    ${item}` : `${line} ${item}`
      if (next.length <= LINE_LENGTH_MAX) lines[lines.length - 1] = next
      else lines.push(`    ${item}`)
    }
    return `[\n${lines.join('\n')}\n  ]`
  })
  return `${filled}\n`
}
