import { expect, it } from 'vitest'
import { problemText } from './config_problem.ts'

const problem = { file: 'models.yaml', line: 3, key: 'model_backends.eeg.port', remedy: '' }

it.each([
  ['port must be within 1-9, not 80.', 'Use 8.', 'eeg: port must be within 1-9, not 80. Use 8.'],
  ['eeg runs on with its old port 8768.', 'Use 8.', 'eeg runs on with its old port 8768. Use 8.'],
  ['enabled must be true or false, not 1.', '', 'eeg: enabled must be true or false, not 1.'],
])('names the backend once: %s', (message, remedy, text) => {
  expect(problemText({ ...problem, message, remedy })).toBe(`models.yaml:3: ${text}`)
})

it('names no backend where the whole file is the problem', () => {
  const whole = { ...problem, key: '', line: null, message: 'The file cannot be read.' }
  expect(problemText(whole)).toBe('models.yaml: The file cannot be read.')
})
