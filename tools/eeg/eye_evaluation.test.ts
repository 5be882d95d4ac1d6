import { describe, expect, test } from 'vitest'
import { readEyeDataset } from './eye_dataset.ts'
import {
  chooseL2,
  scoreFolds,
  PURGE_SAMPLES,
  trainEyeState,
  scoreLastPart,
} from './eye_evaluation.ts'
import { loadEyeModel } from '../../backends/eeg/eye_model.ts'
import { makeModelFile } from './eye_training.ts'
import { blockedFolds, shuffledFolds } from './folds.ts'
import { roundedDeep } from '../../backends/eeg/rounding.ts'
import { hasSample, readSample } from '../../backends/eeg/testing/samples.ts'
import { noise, seededRandom } from '../../backends/eeg/testing/signals.ts'

const MODEL_URL = new URL('../../backends/eeg/model/eye_state.json', import.meta.url)

/** 200 overlapping windows of six features; the label and the first feature change every 20 windows. */
function madeUp(separation: number) {
  const labels = Array.from({ length: 200 }, (_, at) => Math.floor(at / 20) % 2)
  const values = noise(200 * 6, 11)
  return {
    labels,
    windows: labels.map((_, at) => ({ start: at * 128, end: at * 128 + 256 })),
    features: labels.map((label, at) => {
      const row = values.slice(at * 6, at * 6 + 6)
      row[0] = (row[0] as number) + label * separation
      return row
    }),
  }
}
const SAMPLES = 200 * 128 + 128

describe('the evaluation', () => {
  test('finds what is there, and nothing where nothing is', () => {
    for (const [separation, low, high] of [
      [4, 0.95, 1],
      [0, 0.35, 0.65],
    ] as const) {
      const dataset = madeUp(separation)
      const folds = blockedFolds(dataset.windows, SAMPLES, 8, PURGE_SAMPLES)
      const { scores, pooled } = scoreFolds(dataset, folds)
      expect(scores).toHaveLength(8)
      expect(pooled.windows).toBe(scores.reduce((sum, { windows }) => sum + windows, 0))
      expect(pooled.balanced_accuracy).toBeGreaterThanOrEqual(low)
      expect(pooled.balanced_accuracy).toBeLessThanOrEqual(high)
    }
  })

  test('refuses folds whose windows overlap, so that the leak cannot come back', () => {
    const dataset = madeUp(4)
    const shuffled = shuffledFolds(200, 8, seededRandom(1))
    expect(() => scoreFolds(dataset, shuffled)).toThrow('the folds leak')
    const unpurged = blockedFolds(dataset.windows, SAMPLES, 8, 0)
    expect(() => scoreFolds(dataset, unpurged)).toThrow('are less than 256 samples apart')
  })

  test('chooses the penalty from the training windows alone', () => {
    const dataset = madeUp(1)
    const train = dataset.labels.map((_, at) => at).slice(0, 140)
    const changed = {
      ...dataset,
      labels: dataset.labels.map((label, at) => (at < 140 ? label : 1 - label)),
      features: dataset.features.map((row, at) => (at < 140 ? row : row.map(() => 1e6))),
    }
    expect(chooseL2(changed, train)).toBe(chooseL2(dataset, train))
  })
})

describe('the labelled recording', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text)
  test.each([
    ['without classes', 'Fp1,Fp2\n1,2\n', 'the file has no class column'],
    ['with other classes', 'Fp1,class\n1,2\n', 'holds other values than 0 (open) and 1 (closed)'],
    ['without the channels', 'Fp1,class\n1,1\n', 'needs the 14 channels of the Emotiv EPOC'],
  ])('is refused %s', (_, text, sentence) => {
    expect(() => readEyeDataset(bytesOf(text))).toThrow(sentence)
  })
})

describe.skipIf(!hasSample)('on the real recording', () => {
  test('training gives the committed weights, and the end of the recording the committed metrics', async () => {
    const dataset = readEyeDataset(readSample())
    const { file } = await loadEyeModel(MODEL_URL.pathname)
    expect(dataset.windows).toHaveLength(315)
    expect(dataset.mixedCount).toBe(146)
    const retrained = makeModelFile(dataset, trainEyeState(dataset), file.evaluation)
    expect({ ...retrained, weights: [], mean: [], scale: [], bias: 0 }).toEqual({
      ...file,
      ...{ weights: [], mean: [], scale: [], bias: 0 },
    })
    for (const key of ['weights', 'mean', 'scale'] as const) {
      retrained[key].forEach((value, at) => expect(value).toBeCloseTo(file[key][at] as number, 5))
    }
    expect(roundedDeep(scoreLastPart(dataset), 4)).toEqual(file.evaluation.last_part)
  }, 60_000)
})
