/** Evaluates the eye state model: blocks in time, a purge, and a penalty chosen inside the training part only. */
import type { EyeDataset } from './eye_dataset.ts'
import { blockedFolds, lastPartFold, requireApart, shuffledFolds, type Fold } from './folds.ts'
import type { EyeEvaluation, FoldScore, Score } from '../../backends/eeg/eye_model.ts'
import { fitLogistic, predictLogistic, type Logistic } from '../../backends/eeg/logistic.ts'
import {
  accuracy,
  areaUnderCurve,
  balancedAccuracy,
  balancedLogLoss,
  majorityAccuracy,
  meanAndSd,
} from './metrics.ts'
import { ANALYSIS_RATE_HZ, WINDOW_SAMPLES } from '../../backends/eeg/windows.ts'

export const FOLDS = 8
const INNER_FOLDS = 4
/** Samples left out on both sides of a test block: one window. */
export const PURGE_SAMPLES = WINDOW_SAMPLES
const LAST_SHARE = 0.3
const L2_GRID = [0.001, 0.01, 0.1, 1, 10] as const
/** The middle of the grid, where the penalty is not chosen. */
const FIXED_L2 = 0.1
const SHUFFLED_FOLDS = 10
const SHIFTS = 20

type Labelled = Pick<EyeDataset, 'windows' | 'features' | 'labels'>

export function evaluateEyeState(dataset: EyeDataset): EyeEvaluation {
  const folds = blockedFolds(dataset.windows, dataset.samples, FOLDS, PURGE_SAMPLES)
  const { scores, pooled } = scoreFolds(dataset, folds)
  const balanced = present(scores.map((score) => score.balanced_accuracy))
  const areas = present(scores.map((score) => score.auc))
  return {
    method: METHOD,
    folds: scores,
    fold_balanced_accuracy: { ...meanAndSd(balanced), folds: balanced.length },
    fold_auc: meanAndSd(areas),
    pooled,
    last_part: scoreLastPart(dataset),
    shuffled_leak: scoreShuffled(dataset),
    shifted_labels: scoreShifted(dataset, folds),
  }
}

const METHOD =
  `${FOLDS} contiguous folds of one recording, ${PURGE_SAMPLES / ANALYSIS_RATE_HZ} s purged on both sides of the test ` +
  'fold, L2 strength chosen on blocks of the training folds alone, windows with both states left out'

export function scoreLastPart(dataset: EyeDataset): FoldScore {
  const fold = lastPartFold(dataset.windows, dataset.samples, LAST_SHARE, PURGE_SAMPLES)
  return scoreFolds(dataset, [fold]).scores[0] as FoldScore
}

/** Scores per fold and overall. Throws when training windows come near a test window. */
export function scoreFolds(
  dataset: Labelled,
  folds: readonly Fold[],
): { scores: FoldScore[]; pooled: Score } {
  for (const fold of folds) requireApart(fold, dataset.windows, PURGE_SAMPLES)
  const all = { labels: [] as number[], scores: [] as number[] }
  const scores = folds.map((fold) => {
    const l2 = chooseL2(dataset, fold.train)
    const labels = pick(dataset.labels, fold.test)
    const predictions = predictFold(dataset, fold, l2)
    all.labels.push(...labels)
    all.scores.push(...predictions)
    const spans = pick(dataset.windows, fold.test)
    return {
      ...scoreOf(labels, predictions),
      l2,
      train_windows: fold.train.length,
      start_s: Math.min(...spans.map(({ start }) => start)) / ANALYSIS_RATE_HZ,
      end_s: Math.max(...spans.map(({ end }) => end)) / ANALYSIS_RATE_HZ,
    }
  })
  return { scores, pooled: scoreOf(all.labels, all.scores) }
}

/** The penalty with the least balanced log loss over blocks of these windows. The larger one wins a tie. */
export function chooseL2(dataset: Labelled, train: readonly number[]): number {
  const windows = pick(dataset.windows, train)
  const end = Math.max(...windows.map((window) => window.end))
  const inner = blockedFolds(windows, end, INNER_FOLDS, PURGE_SAMPLES)
    .map((fold) => ({
      train: fold.train.map((at) => train[at] as number),
      test: fold.test.map((at) => train[at] as number),
    }))
    .filter((fold) => fold.test.length > 0 && hasBothClasses(pick(dataset.labels, fold.train)))
  for (const fold of inner) requireApart(fold, dataset.windows, PURGE_SAMPLES)
  const labels = inner.flatMap((fold) => pick(dataset.labels, fold.test))
  let best = { l2: L2_GRID[L2_GRID.length - 1] as number, loss: Infinity }
  for (const l2 of [...L2_GRID].reverse()) {
    const scores = inner.flatMap((fold) => predictFold(dataset, fold, l2))
    const loss = balancedLogLoss(labels, scores)
    if (loss < best.loss) best = { l2, loss }
  }
  return best.l2
}

/** Trains the final model on every window, with the penalty chosen as in each fold. */
export function trainEyeState(dataset: EyeDataset): Logistic {
  const all = dataset.windows.map((_, at) => at)
  return fitLogistic(dataset.features, dataset.labels, chooseL2(dataset, all))
}

function predictFold({ features, labels }: Labelled, fold: Fold, l2: number): number[] {
  const model = fitLogistic(pick(features, fold.train), pick(labels, fold.train), l2)
  return pick(features, fold.test).map((row) => predictLogistic(model, row))
}

/** Deliberately skips the check of overlapping folds: the value is printed as a warning. */
function scoreShuffled(dataset: EyeDataset): EyeEvaluation['shuffled_leak'] {
  const folds = shuffledFolds(dataset.windows.length, SHUFFLED_FOLDS, seededRandom(1))
  const labels = folds.flatMap((fold) => pick(dataset.labels, fold.test))
  const scores = folds.flatMap((fold) => predictFold(dataset, fold, FIXED_L2))
  return {
    balanced_accuracy: balancedAccuracy(labels, scores) ?? NaN,
    auc: areaUnderCurve(labels, scores) ?? NaN,
  }
}

/**
 * Labels shifted in time by twentieths of the recording: states keep their lengths and lose their meaning. The penalty
 * is fixed, since choosing it 20 times takes minutes.
 */
function scoreShifted(
  dataset: EyeDataset,
  folds: readonly Fold[],
): EyeEvaluation['shifted_labels'] {
  const { labels, windows } = dataset
  const results = Array.from({ length: SHIFTS - 1 }, (_, at) => {
    const shift = Math.round(((at + 1) * windows.length) / SHIFTS)
    const turned = labels.map((_label, index) => labels[(index + shift) % labels.length] as number)
    const shifted = { ...dataset, labels: turned }
    const usable = folds.filter((fold) => hasBothClasses(pick(turned, fold.train)))
    const truth = usable.flatMap((fold) => pick(turned, fold.test))
    const scores = usable.flatMap((fold) => predictFold(shifted, fold, FIXED_L2))
    return balancedAccuracy(truth, scores) ?? NaN
  })
  return { ...meanAndSd(results), max: Math.max(...results), shifts: results.length }
}

function scoreOf(labels: readonly number[], scores: readonly number[]): Score {
  return {
    windows: labels.length,
    closed: labels.filter((label) => label === 1).length,
    balanced_accuracy: balancedAccuracy(labels, scores),
    auc: areaUnderCurve(labels, scores),
    accuracy: accuracy(labels, scores),
    majority_accuracy: majorityAccuracy(labels),
  }
}

const pick = <T>(values: readonly T[], indices: readonly number[]): T[] =>
  indices.map((at) => values[at] as T)

const present = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null)

const hasBothClasses = (labels: readonly number[]) => labels.includes(0) && labels.includes(1)

/** Deterministic (mulberry32), in [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
