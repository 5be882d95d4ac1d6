import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SAMPLE_FILE } from '../../backends/eeg/testing/samples.ts'
import { readEyeDataset, type EyeDataset } from './eye_dataset.ts'

/** The recording named on the command line; default: the one below SWITCHYARD_SAMPLES. */
export function datasetOfCommandLine(): EyeDataset {
  const samples = process.env['SWITCHYARD_SAMPLES']
  const path = process.argv[2] ?? (samples === undefined ? undefined : join(samples, SAMPLE_FILE))
  if (path === undefined) {
    throw new Error('name the CSV file of the UCI EEG Eye State recording as the argument')
  }
  return readEyeDataset(readFileSync(path))
}
