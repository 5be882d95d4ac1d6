/** `npx tsx tools/eeg/train.ts PATH`: trains the eye state model on the recording at PATH and writes its weights. */
import { writeFileSync } from 'node:fs'
import { datasetOfCommandLine } from './cli.ts'
import { evaluateEyeState, trainEyeState } from './eye_evaluation.ts'
import { formatModelFile, makeModelFile } from './eye_training.ts'

const MODEL_URL = new URL('../../backends/eeg/model/eye_state.json', import.meta.url)

const dataset = datasetOfCommandLine()
const file = makeModelFile(dataset, trainEyeState(dataset), evaluateEyeState(dataset))
writeFileSync(MODEL_URL, formatModelFile(file))
console.log(`wrote ${MODEL_URL.pathname}`)
