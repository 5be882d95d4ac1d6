/** What the warm-up of a model leaves open about every answer. Pure. */
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
function classesUnverified({ expected: { tensor, output }, dims }: Evidence): Warning {
  const count = classesIn(dims, output)
  return {
    code: 'classes_unverified',
    message: `no labels are set, and output "${tensor}" is read as ${count} ${count === 1 ? 'class' : 'classes'}. Set labels, or confirm the number with output.classes: ${count}`,
  }
}

/** The values may have become probabilities in the model, without an operator that shows it. */
function activationUnverified(
  { expected: { tensor } }: Evidence,
  { activation }: ChosenActivation,
): Warning {
  return {
    code: 'activation_unverified',
    message: `output "${tensor}" has values from 0 to 1 before ${activation} is applied. If they are probabilities already, set output.activation: none`,
  }
}
