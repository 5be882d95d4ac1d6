/** The evaluation as Markdown, for evaluate.ts and the README. */
import type { EyeEvaluation, FoldScore, Score } from '../../backends/eeg/eye_model.ts'

export function formatEvaluation(evaluation: EyeEvaluation): string {
  const { folds, pooled, last_part, shuffled_leak, shifted_labels } = evaluation
  const { fold_balanced_accuracy: balanced, fold_auc: auc } = evaluation
  return [
    '| test windows | seconds | n (closed) | balanced accuracy | AUC | accuracy | majority | L2 |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...folds.map((fold, at) => foldRow(`fold ${at + 1}`, fold)),
    row('**all folds together**', 'all', pooled, '-'),
    foldRow('last 30 % in time', last_part),
    '',
    `Over the ${balanced.folds} folds that hold both states: balanced accuracy ${shown(balanced.mean)} ± ${shown(balanced.sd)}, ` +
      `AUC ${shown(auc.mean)} ± ${shown(auc.sd)} (mean ± sd). The folds with one state are left out of these two and were ` +
      'harder: quote the line of all folds.',
    '',
    `Labels shifted in time against the signal (${shifted_labels.shifts} shifts): balanced accuracy ${shown(shifted_labels.mean)} ± ` +
      `${shown(shifted_labels.sd)}, at most ${shown(shifted_labels.max)}. That is chance on this recording.`,
    '',
    `Warning, not a result: the same windows split at random give balanced accuracy ${shown(shuffled_leak.balanced_accuracy)} and ` +
      `AUC ${shown(shuffled_leak.auc)}, because neighbours of every test window are in the training set.`,
  ].join('\n')
}

function foldRow(name: string, fold: FoldScore): string {
  return row(name, `${fold.start_s.toFixed(1)}-${fold.end_s.toFixed(1)}`, fold, String(fold.l2))
}

function row(name: string, seconds: string, score: Score, l2: string): string {
  const cells = [
    name,
    seconds,
    `${score.windows} (${score.closed})`,
    shown(score.balanced_accuracy),
    shown(score.auc),
    shown(score.accuracy),
    shown(score.majority_accuracy),
    l2,
  ]
  return `| ${cells.join(' | ')} |`
}

const shown = (value: number | null) => (value === null ? '-' : value.toFixed(2))
