/** Location of the real recording for tests. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The UCI EEG Eye State recording, below SWITCHYARD_SAMPLES. */
export const SAMPLE_FILE = 'eeg/eeg-eye-state.csv'

const samplesDir = process.env['SWITCHYARD_SAMPLES']
const path = samplesDir === undefined ? undefined : join(samplesDir, SAMPLE_FILE)

/** False without SWITCHYARD_SAMPLES: dependent tests are skipped. */
export const hasSample = path !== undefined && existsSync(path)

export function readSample(): Uint8Array {
  if (path === undefined) throw new Error('SWITCHYARD_SAMPLES is not set')
  return readFileSync(path)
}
