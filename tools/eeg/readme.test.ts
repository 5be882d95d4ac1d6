import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { BAND_NAMES, BANDS } from '../../backends/eeg/dsp_spectrum.ts'
import { parseEyeModel } from '../../backends/eeg/eye_model.ts'
import { formatEvaluation } from './eye_report.ts'
import { EEG_OPTION_NAMES, EEG_OPTIONS } from '../../backends/eeg/options.ts'

const read = (name: string) => readFileSync(new URL(`../../backends/eeg/${name}`, import.meta.url))
/** The formatter pads the cells of a table. */
const unpadded = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')
const README = unpadded(read('README.md').toString('utf8'))

describe('the README', () => {
  test('shows the evaluation of the committed model, to the digit', () => {
    const { evaluation } = parseEyeModel(read('model/eye_state.json')).file
    expect(README).toContain(unpadded(formatEvaluation(evaluation)))
  })

  test.each(EEG_OPTION_NAMES)('lists the option %s', (name) => {
    const { default: fallback, min, max, description } = EEG_OPTIONS[name]
    expect(README).toContain(`| \`${name}\` | ${fallback} | ${min} | ${max} | ${description} |`)
  })

  test.each(BAND_NAMES)('gives the bounds of %s', (name) => {
    expect(README).toContain(`| ${name} | ${BANDS[name].low} | ${BANDS[name].high} |`)
  })
})
