import { makeWarning } from '../../protocol/warning_texts.ts'
import type { Warning } from '../../protocol/warnings.ts'
import { classesIn, type ExpectedOutput } from './output_check.ts'
import type { ChosenActivation } from './warm_up.ts'

export interface Evidence {
  expected: ExpectedOutput
  dims: readonly number[]
  isTaskStated: boolean
  chosen: ChosenActivation | null
}

/** Warnings for each reply; none if labels, file or values confirm how the output is read. */
export function openQuestions(evidence: Evidence): Warning[] {
  const { expected, isTaskStated, chosen } = evidence
  const isProven = expected.classes !== null || isTaskStated || chosen?.isDistribution === true
  return [
    ...(isProven ? [] : [classesUnverified(evidence)]),
    ...(chosen?.isDoubtful === true ? [activationUnverified(evidence, chosen)] : []),
  ]
}

/** Without a class count, the values may not be classes at all. */
const classesUnverified = ({ expected: { tensor, output }, dims }: Evidence): Warning =>
  makeWarning('classes_unverified', { tensor, count: classesIn(dims, output) })

/** The values may already be probabilities without a recognizable operator. */
const activationUnverified = (
  { expected: { tensor } }: Evidence,
  { activation }: ChosenActivation,
): Warning => makeWarning('activation_unverified', { tensor, activation })
