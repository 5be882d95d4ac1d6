import { describe, expect, test } from 'vitest'
import { electrodeOf, EMOTIV_14, kindOfLabel, nameChannels } from './montage.ts'

describe('an electrode is recognised', () => {
  test.each([
    ['EEG Fp1-Ref', 'Fp1'],
    ['EEG FP1-LE', 'Fp1'],
    ['fp2', 'Fp2'],
    ['EEG:C3-A2', 'C3'],
    ['EEG T3', 'T7'],
    ['T6', 'P8'],
    ['Fc5.', 'FC5'],
    ['CZ', 'Cz'],
    ['AF4-AVG', 'AF4'],
    [' O1 ', 'O1'],
  ])('%s as %s', (label, name) => {
    expect(electrodeOf(label)).toBe(name)
  })

  test.each(['EEG Fpz-Cz', 'C3-C4', 'P', 'Ch1', '', 'Fp', 'F11'])(
    'never in %o, which names no single one',
    (label) => {
      expect(electrodeOf(label)).toBeNull()
    },
  )
})

describe('nameChannels', () => {
  test('takes the "P" of the UCI file for P7, and only there', () => {
    const uci = EMOTIV_14.map((name) => (name === 'P7' ? 'P' : name))
    expect(nameChannels(uci)).toEqual([...EMOTIV_14])
    expect(nameChannels(['P', 'O1'])).toEqual(['P', 'O1'])
  })

  test('keeps names apart', () => {
    expect(nameChannels(['EEG Fp1', 'FP1-Ref', 'fp1', 'x', 'x'])).toEqual([
      'Fp1',
      'Fp1 (2)',
      'Fp1 (3)',
      'x',
      'x (2)',
    ])
  })
})

describe('a label is', () => {
  test.each([
    ['Fp1', 'eeg'],
    ['Ch1', 'eeg'],
    ['EXG Channel 0', 'eeg'],
    ['EEG Fpz-Cz', 'eeg'],
    ['P', 'eeg'],
    ['T8', 'eeg'],
    ['time', 'time'],
    ['Timestamp (Formatted)', 'time'],
    ['t', 'time'],
    ['eyeDetection', 'class'],
    ['class', 'class'],
    ['EDF Annotations', 'class'],
    ['Event', 'class'],
    ['Sample Index', 'other'],
    ['ECG', 'other'],
    ['EOG LOC-A2', 'other'],
    ['EMG Chin1', 'other'],
    ['Accel Channel 0', 'other'],
    ['Resp oro-nasal', 'other'],
    ['SaO2', 'other'],
  ])('%s: %s', (label, kind) => {
    expect(kindOfLabel(label)).toBe(kind)
  })
})
