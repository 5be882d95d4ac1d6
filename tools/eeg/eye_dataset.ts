/** The labelled recording as feature windows, for training and evaluation. */
import { createHash } from 'node:crypto'
import { eyeInput, logCovariance } from '../../backends/eeg/eye_features.ts'
import type { Span } from './folds.ts'
import { prepareChannels } from '../../backends/eeg/prepare.ts'
import { readLabelledText } from '../../backends/eeg/read_text.ts'
import { ANALYSIS_RATE_HZ, WINDOW_SAMPLES, windowStarts } from '../../backends/eeg/windows.ts'

/** A quarter second, for more windows, each still two seconds long. */
export const TRAINING_HOP_SAMPLES = 32

export interface EyeDataset {
  sha256: string
  samples: number
  windows: Span[]
  features: Float64Array[]
  /** 1 for eyes closed. */
  labels: number[]
  /** Windows in which the state changes; excluded from the lists. */
  mixedCount: number
}

/** From a CSV file at 128 Hz with the 14 channels and a class column of 0 (open) and 1 (closed). */
export function readEyeDataset(bytes: Uint8Array): EyeDataset {
  const { signal, classes } = readLabelledText(bytes, { samplingRate: ANALYSIS_RATE_HZ })
  if (classes === null) throw new Error('the file has no class column such as "eyeDetection"')
  if (!classes.every((value) => value === 0 || value === 1)) {
    throw new Error('the class column holds other values than 0 (open) and 1 (closed)')
  }
  const input = eyeInput(prepareChannels(signal), signal.samplingRateHz)
  if ('reason' in input) throw new Error(input.reason)
  const starts = windowStarts(classes.length, TRAINING_HOP_SAMPLES)
  const pure = starts.filter((start) => {
    const window = classes.subarray(start, start + WINDOW_SAMPLES)
    return window.every((value) => value === window[0])
  })
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    samples: classes.length,
    windows: pure.map((start) => ({ start, end: start + WINDOW_SAMPLES })),
    features: pure.map((start) => logCovariance(input.samples, start)),
    labels: pure.map((start) => classes[start] as number),
    mixedCount: starts.length - pure.length,
  }
}
