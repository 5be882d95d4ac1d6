import { describe, expect, test } from 'vitest'
import { chooseChannels, nameableSignals } from './channel_choice.ts'
import { EMOTIV_14 } from './montage.ts'

const namesOf = (labels: readonly string[]) =>
  chooseChannels(labels).channels.map(({ name }) => name)
const codesOf = (labels: readonly string[]) =>
  chooseChannels(labels).warnings.map(({ code }) => code)

describe('channels are chosen', () => {
  test('by the names of electrodes, and all other signals are left out with a reason', () => {
    const { channels, leftOut, warnings, from } = chooseChannels([
      ...['EEG FP1-REF', 'EEG T3-REF', 'EEG A1-REF', 'EEG EKG1-REF', 'EEG ROC-REF'],
      ...['PHOTIC-REF', 'EEG 31-REF', 'EEG DC1-DC', 'IBI', 'SUPPR'],
    ])
    expect(channels).toEqual([
      { at: 0, name: 'Fp1' },
      { at: 1, name: 'T7' },
    ])
    expect(leftOut.map(({ reason }) => reason)).toEqual([
      'reference electrode',
      'heart',
      'eye movements',
      'trigger, marker or status',
      'not the name of an electrode, and others are',
      'trigger, marker or status',
      'heart',
      'trigger, marker or status',
    ])
    expect(from).toBe('electrode_names')
    expect(warnings).toEqual([])
  })

  test('with a warning where unknown names are left out', () => {
    expect(namesOf(['C3', 'C4', 'foo'])).toEqual(['C3', 'C4'])
    expect(chooseChannels(['C3', 'C4', 'foo']).warnings).toEqual([
      {
        code: 'channels_unknown',
        message:
          'foo is not a known electrode or sensor and was left out. If it is EEG, name its electrode in channel_names.',
        field: 'data.channel_names',
        values: { names: ['foo'], count: 1, labels: ['C3', 'C4', 'foo'] },
      },
    ])
  })

  test('by generic names where no electrode is named, with a warning, and never from other sensors', () => {
    const labels = [
      'Sample Index',
      'EXG Channel 0',
      'EXG Channel 1',
      'Accel Channel 0',
      'Timestamp',
    ]
    expect(namesOf(labels)).toEqual(['EXG Channel 0', 'EXG Channel 1'])
    expect(codesOf(labels)).toEqual(['channels_unnamed'])
    expect(namesOf(['EEG1', 'EEG2', 'EOG-L', 'EKG', 'Thor'])).toEqual(['EEG1', 'EEG2'])
  })

  test('by whole names: only a unit of voltage is cut off', () => {
    expect(namesOf(['EEG', 'EEG(sec)'])).toEqual(['EEG', 'EEG(sec)'])
    expect(namesOf(['Ch1 (uV)', 'Ch2 (uV)'])).toEqual(['Ch1', 'Ch2'])
  })

  test('of which a client may name all that are not known to be something else', () => {
    const bank = Array.from({ length: 8 }, (_, at) => `A${at + 1}`)
    expect(nameableSignals(['time', ...bank, 'EXG1', 'Status'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(nameableSignals(['C3', 'A1', 'foo', 'ECG'])).toEqual([0, 2])
  })

  test('from nothing where no name is that of a channel', () => {
    expect(namesOf(['temperature', 'foo', 'time'])).toEqual([])
  })

  test('from caps that count their electrodes under letters', () => {
    const count = (letter: string, last: number) =>
      Array.from({ length: last }, (_, at) => `${letter}${at + 1}`)
    expect(namesOf([...count('A', 32), ...count('B', 32), 'Status'])).toHaveLength(64)
    expect(namesOf([...count('A', 32), ...count('C', 32)])).toContain('C3')
    expect(namesOf(count('E', 256))).toHaveLength(256)
    expect(namesOf([...count('E', 128), 'Cz', 'VREF'])).toHaveLength(129)
    expect(namesOf([...count('A', 32), 'EXG1', 'EXG2'])).toHaveLength(32)
    expect(chooseChannels(count('C', 8))).toMatchObject({ from: 'generic_names' })
    expect(chooseChannels(count('P', 10))).toMatchObject({ from: 'electrode_names' })
    expect(namesOf(['E1-M2', 'E2-M2', 'C3-M2'])).toEqual(['C3'])
  })

  test('once each: the same electrode again is left out and named', () => {
    const { channels, leftOut, warnings } = chooseChannels(['EEG Fp1', 'FP1-Ref', 'fp2'])
    expect(channels.map(({ name }) => name)).toEqual(['Fp1', 'Fp2'])
    expect(leftOut).toEqual([
      { label: 'FP1-Ref', reason: 'same channel as EEG Fp1, which comes first' },
    ])
    expect(warnings.map(({ code }) => code)).toEqual(['channel_duplicate'])
  })

  test('as pairs, unless all pairs end in one electrode: that is the reference', () => {
    expect(namesOf(['FP1-F7', 'F7-T7', 'T8-P8', 'T8-P8'])).toEqual(['Fp1-F7', 'F7-T7', 'T8-P8'])
    expect(namesOf(['F3-Cz', 'F4-Cz', 'O1-CZ'])).toEqual(['F3', 'F4', 'O1'])
    expect(namesOf(['EEG Fpz-Cz', 'EEG Pz-Oz'])).toEqual(['Fpz-Cz', 'Pz-Oz'])
  })

  test('with the "P" of the UCI file as P7, and only there', () => {
    const uci = EMOTIV_14.map((name) => (name === 'P7' ? 'P' : name))
    expect(namesOf(uci)).toEqual([...EMOTIV_14])
    expect(namesOf(['P', 'O1'])).toEqual(['O1'])
  })
})
