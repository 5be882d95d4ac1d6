import { describe, expect, test } from 'vitest'
import { readLabel } from './labels.ts'

describe('an electrode is recognised', () => {
  test.each([
    ['EEG Fp1-Ref', 'Fp1'],
    ['EEG FP1-LE', 'Fp1'],
    ['fp2', 'Fp2'],
    ['EEG:C3-A2', 'C3'],
    ['EEG.AF3', 'AF3'],
    ['EEG_F7', 'F7'],
    ['RAW_TP9', 'TP9'],
    ['EEG T3', 'T7'],
    ['T6', 'P8'],
    ['Fc5.', 'FC5'],
    ['Iz..', 'Iz'],
    ['CZ', 'Cz'],
    ['AF4-AVG', 'AF4'],
    ['C4-M1', 'C4'],
    ['F3-A1A2', 'F3'],
    ['F3-(A1+A2)/2', 'F3'],
    ['O1 - M2', 'O1'],
    ['Fp1 [uV]', 'Fp1'],
    ['Fp1 (mV)', 'Fp1'],
    ['Fp1_uV', 'Fp1'],
    ['AFF5h', 'AFF5h'],
    ['poo1', 'POO1'],
    ['FFC1H', 'FFC1h'],
    ['1-Fp1', 'Fp1'],
    ['Ch1-Fp1', 'Fp1'],
    [' O1 ', 'O1'],
    ['"O2"', 'O2'],
    ['EEG(C3-A2)', 'C3'],
    ['Fp1-mV', 'Fp1'],
    ['Fp2 (10^-6 V)', 'Fp2'],
    ['EEG Fp2-Linked E', 'Fp2'],
    ['脑电 C3', 'C3'],
  ])('%s as %s', (label, name) => {
    expect(readLabel(label)).toEqual({ kind: 'electrode', name })
  })
})

describe('a pair of electrodes is recognised', () => {
  test.each([
    ['EEG Fpz-Cz', 'Fpz-Cz'],
    ['FP1-F7', 'Fp1-F7'],
    ['T3-T5', 'T7-P7'],
    ['EEG Pz-Oz', 'Pz-Oz'],
    ['T8-P8-0', 'T8-P8'],
  ])('%s as %s', (label, name) => {
    expect(readLabel(label)).toMatchObject({ kind: 'pair', name })
  })
})

describe('a label is', () => {
  test.each([
    ...[
      'Ch1',
      'EXG Channel 0',
      'EEG 31-REF',
      'EEG1',
      'EEG',
      'eeg_2',
      'Channel 12',
      'EEG(sec)',
      '7',
      '通道1',
    ].map((label) => [label, 'generic']),
    ...['A1', 'M2', 'EEG A1-REF', 'A1-A2'].map((label) => [label, 'reference']),
    ...[
      'time',
      'Timestamp (Formatted)',
      't',
      'TimeStamp',
      'timestamp_ms',
      'Time [s]',
      'Time:256Hz',
      'Zeit',
      'Time (min)',
      'minutes',
      'time_h',
      'elapsed_hours',
      'Time (hr)',
      'TimeMin',
      'Time in minutes',
      'Time (days)',
      'timedelta',
      '采样时间',
      '时间(毫秒)',
    ].map((label) => [label, 'time']),
    ...['eyeDetection', 'class', 'label', 'Stage'].map((label) => [label, 'class']),
    ...['h', 'P', '', 'left ear', 'X1', 'F11', 'Fp', 'Sensor 1'].map((label) => [label, 'unknown']),
  ])('%j: %s', (label, kind) => {
    expect(readLabel(label).kind).toBe(kind)
  })

  test.each([
    [
      'eye movements',
      'EOG LOC-A2',
      'EOG(L)',
      'HEOG',
      'VEOG',
      'E1-M2',
      'E2',
      'LOC-A2',
      'EEG ROC-REF',
    ],
    ['muscle', 'EMG Chin1', 'Chin1-Chin2', 'Leg/L', 'RLEG+', 'EMG-REF'],
    ['heart', 'ECG', 'ECGL', 'EEG EKG1-REF', 'EKG1-EKG2', 'ECG II', 'Pleth', 'IBI', 'PulseRate'],
    [
      'breathing or oxygen',
      'Resp oro-nasal',
      'SaO2',
      'SpO2',
      'Thor',
      'Abdo',
      'Nasal Pressure',
      'Mic',
      'O2Sat',
    ],
    ['motion or position', 'Accel Channel 0', 'Position', 'GYROX', 'Gyro_X', 'MOT.Q0'],
    [
      'trigger, marker or status',
      'Photic',
      'PHOTIC-REF',
      'STI 014',
      'DC1',
      'EEG DC1-DC',
      'Status',
      'MarkerIndex',
      'BURSTS',
      'EEG.MarkerHardware',
      'Elements',
    ],
    [
      'counter, battery or signal quality',
      'EEG.Counter',
      'EEG.Interpolated',
      'EEG.RawCq',
      'EEG.BatteryPercent',
      'CQ.AF3',
      'EQ.AF3',
      'HSI_TP9',
      'HeadBandOn',
    ],
    ['band power or a derived value', 'Alpha_TP9', 'POW.AF3.Theta', 'T7 beta', 'min'],
    ['index or sample number', 'Sample Index', 'index', 'Unnamed: 0', '序号'],
    ['condition, epoch or note', 'condition', 'epoch', 'note'],
    ['auxiliary input', 'AUX_RIGHT', 'Right AUX', 'Other', 'Analog Channel 0'],
  ])('that of %s', (what, ...labels) => {
    for (const label of labels)
      expect([label, readLabel(label)]).toEqual([label, { kind: 'other', what }])
  })
})
