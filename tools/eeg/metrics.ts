/** Metrics of a binary prediction. `scores` are probabilities of label 1. null where a class is missing. */

export function accuracy(labels: readonly number[], scores: readonly number[]): number {
  return labels.filter((label, at) => label === predicted(scores[at])).length / labels.length
}

/** Mean recall of both classes: 0.5 for any constant answer. */
export function balancedAccuracy(
  labels: readonly number[],
  scores: readonly number[],
): number | null {
  const rates = [0, 1].map((wanted) => {
    const of = labels.flatMap((label, at) => (label === wanted ? [predicted(scores[at])] : []))
    return of.length === 0 ? null : of.filter((label) => label === wanted).length / of.length
  })
  const [open, closed] = rates
  return typeof open === 'number' && typeof closed === 'number' ? (open + closed) / 2 : null
}

/** Area under the ROC curve by ranks, ties counting half (Mann & Whitney 1947). */
export function areaUnderCurve(
  labels: readonly number[],
  scores: readonly number[],
): number | null {
  const positives = scores.filter((_, at) => labels[at] === 1)
  const negatives = scores.filter((_, at) => labels[at] === 0)
  if (positives.length === 0 || negatives.length === 0) return null
  let wins = 0
  for (const p of positives) {
    for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0
  }
  return wins / (positives.length * negatives.length)
}

/** Mean log loss per class, averaged over the classes; NaN where a class is missing. */
export function balancedLogLoss(labels: readonly number[], scores: readonly number[]): number {
  const [open, closed] = [0, 1].map((wanted) => {
    const chances = scores
      .filter((_, at) => labels[at] === wanted)
      .map((score) => (wanted === 1 ? score : 1 - score))
    const sum = chances.reduce((total, chance) => total - Math.log(Math.max(1e-12, chance)), 0)
    return sum / chances.length
  }) as [number, number]
  return (open + closed) / 2
}

/** Accuracy of always predicting the more frequent class of these windows. */
export function majorityAccuracy(labels: readonly number[]): number {
  const closed = labels.filter((label) => label === 1).length
  return Math.max(closed, labels.length - closed) / labels.length
}

export function meanAndSd(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, sd: Math.sqrt(squares / Math.max(1, values.length - 1)) }
}

const predicted = (score: number | undefined) => ((score ?? 0) >= 0.5 ? 1 : 0)
