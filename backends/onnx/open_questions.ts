/** What the warm-up of a model leaves open about every answer. Pure. */
import { makeWarning } from '../../protocol/warning_texts.ts'
import type { Warning } from '../../protocol/warnings.ts'
import { classesIn, type ExpectedOutput } from './output_check.ts'
import type { ChosenActivation } from './warm_up.ts'

export interface Evidence {
  expected: ExpectedOutput
  /** Of a picture's output, without the batch axis. */
  dims: readonly number[]
  /** The metadata of the file names the task that `output.type` reads. */
  isTaskStated: boolean
  /** null for a detection. */
  chosen: ChosenActivation | null
}

/** Warnings that each answer carries; none where labels, the file or its values show that the output is read right. */
export function openQuestions(evidence: Evidence): Warning[] {
  const { expected, isTaskStated, chosen } = evidence
  const isProven = expected.classes !== null || isTaskStated || chosen?.isDistribution === true
  return [
    ...(isProven ? [] : [classesUnverified(evidence)]),
    ...(chosen?.isDoubtful === true ? [activationUnverified(evidence, chosen)] : []),
  ]
}

/** Without a number of classes, nothing shows whether the values are classes at all. */
const classesUnverified = ({ expected: { tensor, output }, dims }: Evidence): Warning =>
  makeWarning('classes_unverified', { tensor, count: classesIn(dims, output) })

/** The values may have become probabilities in the model, without an operator that shows it. */
const activationUnverified = (
  { expected: { tensor } }: Evidence,
  { activation }: ChosenActivation,
): Warning => makeWarning('activation_unverified', { tensor, activation })
