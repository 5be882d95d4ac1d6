import { describe, expect, it } from 'vitest'
import { firstNames, makeWarning, warningTextKey, WARNING_TEXTS } from './warning_texts.ts'
import { WARNING_CODES } from './warnings.ts'

it('every code has a text, and no text is of another code', () => {
  expect(Object.keys(WARNING_TEXTS).toSorted()).toEqual(Object.keys(WARNING_CODES).toSorted())
  for (const texts of Object.values(WARNING_TEXTS)) {
    expect(Object.keys(texts)).not.toHaveLength(0)
  }
})

describe('a warning', () => {
  it('has the message of its case, filled in, and the values that it was made of', () => {
    const values = { case: 'line', line: 7 } as const
    expect(makeWarning('recording_cut', { ...values, field: 'data.eeg_signal' })).toEqual({
      code: 'recording_cut',
      message: 'The last line of the file (line 7) is incomplete and was left out.',
      field: 'data.eeg_signal',
      values,
    })
    expect(makeWarning('unit_assumed', {})).not.toHaveProperty('values')
  })

  it('counts, and names the first of many', () => {
    const dead = (names: string[]) =>
      makeWarning('channel_dead', { case: 'flat', ...firstNames(names) }).message
    expect(dead(['C3'])).toBe('C3 carries no signal and was left out.')
    expect(dead(['C3', 'C4'])).toBe('C3, C4 carry no signal and were left out.')
    expect(dead(Array.from({ length: 10 }, (_, at) => `E${at}`))).toContain('E7 and 2 more carry')
  })

  it('is not made without what its text needs', () => {
    expect(() => makeWarning('recording_cut', { case: 'line' })).toThrow('recording_cut')
  })
})

describe('the text of a warning is found', () => {
  it.each([
    ['by its code', { code: 'unit_assumed' }, 'unit_assumed.text'],
    [
      'by its case',
      { code: 'recording_cut', values: { case: 'line', line: 7 } },
      'recording_cut.line',
    ],
    [
      'without the ending of the plural',
      { code: 'channel_dead', values: { case: 'flat', names: ['C3'], count: 1 } },
      'channel_dead.flat',
    ],
    ['not without its values', { code: 'recording_cut', values: { case: 'line' } }, null],
    ['not by an unknown case', { code: 'unit_assumed', values: { case: 'constructor' } }, null],
    ['not by the code of another program', { code: 'blurred' }, null],
    ['not by a property of every object', { code: 'constructor' }, null],
  ])('%s', (_, warning, key) => {
    expect(warningTextKey({ message: 'm', ...warning })).toBe(key)
  })
})
