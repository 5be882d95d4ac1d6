/** `npx tsx tools/eeg/evaluate.ts PATH`: evaluates the eye state model on the recording at PATH; prints Markdown. */
import { datasetOfCommandLine } from './cli.ts'
import { evaluateEyeState } from './eye_evaluation.ts'
import { formatEvaluation } from './eye_report.ts'

console.log(formatEvaluation(evaluateEyeState(datasetOfCommandLine())))
