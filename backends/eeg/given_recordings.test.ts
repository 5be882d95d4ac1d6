/**
 * Recordings of SWITCHYARD_CASES. Expected channels, rate and unit follow from their bytes; scores from a SciPy
 * analysis of the EEG columns alone (Butterworth band-pass, periodograms of 2 s, same smoothing).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { analyseEeg } from './analyse.ts'
import { readFile } from './read_file.ts'
import type { EegWarning, SignalOrigin } from './signal.ts'
import { refusalOf } from './testing/refusals.ts'

interface Answer {
  score: number
  channels: readonly string[]
  rateHz: number
  seconds: number
  rate: SignalOrigin['sampling_rate_from']
  unit: string
  unitFrom: SignalOrigin['unit_from']
  codes: readonly EegWarning['code'][]
}

const C3_C4 = {
  channels: ['C3', 'C4'],
  rateHz: 128,
  seconds: 8,
  rate: 'file',
  unit: 'uV',
  unitFrom: 'file',
  codes: [],
} as const
const edf = (score: number, other: Partial<Answer> = {}): Answer => ({
  ...C3_C4,
  codes: [],
  score,
  ...other,
})

/** A table of Fp1 and Fp2 at 250 Hz without rate and unit. */
const bare = (score: number, other: Partial<Answer> = {}): Answer => ({
  channels: ['Fp1', 'Fp2'],
  rateHz: 250,
  seconds: 8,
  rate: 'assumed',
  unit: 'uV',
  unitFrom: 'assumed',
  codes: ['sampling_rate_assumed', 'unit_assumed'],
  score,
  ...other,
})
/** The same with a time column. */
const timed = (score: number, other: Partial<Answer> = {}): Answer =>
  bare(score, { rate: 'clock', codes: ['unit_assumed'], ...other })

const count = (prefix: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, at) => `${prefix}${first + at}`)
/** The format is documented as microvolts. */
const device = { unitFrom: 'format', codes: [] } as const
const exg = (last: number) => ({
  ...device,
  channels: count('EXG Channel ', 0, last),
  codes: ['channels_unnamed' as const],
})
const INSIGHT = ['AF3', 'T7', 'Pz', 'T8', 'AF4']

const EXPECTED: Record<string, Answer | string> = {
  'annotations_first.edf': edf(6.733),
  // A BDF header before 16 bit samples: 8 records of 512 bytes.
  'biosemi.bdf': edf(6.933, { codes: ['header_mismatch'] }),
  // A sine of 6.5 Hz in each.
  'channels_256.edf': edf(0, {
    channels: count('E', 1, 256),
    rateHz: 64,
    seconds: 4,
    codes: ['channels_unnamed'],
  }),
  'cut_in_last_record.edf': edf(6.907, { seconds: 7, codes: ['recording_cut'] }),
  'decimal_comma.edf': edf(6.725),
  'digital_inverted.edf': edf(6.808, { codes: ['header_mismatch'] }),
  // The signal without a scale is called "-", which is not a channel name.
  'digital_min_is_max.edf': edf(6.945),
  'digital_min_is_max_non_eeg.edf': edf(6.92),
  'edf_plus_c.edf': edf(6.8),
  'edf_plus_d_gap.edf':
    'is discontinuous (EDF+D): record 5 begins at 64 s, and the one before ends at 4 s',
  'edf_plus_d_no_gap.edf': edf(6.632),
  'header_bytes_wrong.edf': edf(6.789, { codes: ['header_mismatch'] }),
  'header_only.edf': 'it holds no data record',
  'inverted_polarity.edf': edf(6.675),
  'more_records_than_said.edf': edf(6.979, { codes: ['header_mismatch'] }),
  'non_ascii_header.edf': edf(6.744),
  'nul_padded.edf': edf(6.971),
  'phys_min_is_max.edf': edf(6.763, { codes: ['channel_dead'] }),
  'plain.edf': edf(6.91),
  'rate_2500.edf': edf(6.626, { channels: ['Cz', 'Pz'], rateHz: 2500 }),
  'rate_non_integer.edf': edf(6.795, { channels: ['Cz', 'Pz'], rateHz: 199 }),
  'rate_odd_record.edf': edf(6.868, { channels: ['Cz', 'Pz'], rateHz: 125, seconds: 7.68 }),
  'records_minus_one.edf': edf(6.661),
  'records_zero.edf': edf(6.889, { codes: ['header_mismatch'] }),
  'sleep_names.edf': edf(6.782),
  'unit_UV_dot.edf': edf(6.823),
  'unit_cp437.edf': edf(6.827),
  'unit_empty.edf': edf(6.869, { unitFrom: 'assumed', codes: ['unit_assumed'] }),
  'unit_greek.edf': edf(6.884),
  'unit_microV.edf': edf(6.842),
  'unit_uV_rms.edf': edf(6.802),
  'unit_uVolt.edf': edf(6.732),

  'brainflow_raw.csv': timed(0.0924, exg(7)),
  'comment_last_column_tsv.txt': bare(0.0983),
  'duplicate_columns.csv': bare(0.0753, {
    channels: ['Fp1'],
    codes: ['sampling_rate_assumed', 'unit_assumed', 'channel_duplicate'],
  }),
  'eeg_14_last_line_short.csv': bare(0.0867, {
    codes: ['recording_cut', 'sampling_rate_assumed', 'unit_assumed'],
  }),
  'emotiv_old.csv': bare(0.1726, {
    ...device,
    channels: INSIGHT,
    rateHz: 128,
    seconds: 10,
    rate: 'file',
  }),
  'emotiv_pro.csv': bare(0.1842, {
    ...device,
    channels: INSIGHT,
    rateHz: 128,
    seconds: 10,
    rate: 'file',
  }),
  'fs_comment.csv': bare(0.0478, { rateHz: 500, rate: 'file', codes: ['unit_assumed'] }),
  'in_volts.csv': bare(0.0871, { unit: 'V', unitFrom: 'file', codes: ['sampling_rate_assumed'] }),
  'marker_first_row_filled.csv': timed(0.0993),
  'marker_last_column_empty.csv': timed(0.0982),
  'marker_middle_empty.csv': timed(0.0843),
  'mind_monitor_plain.csv': timed(0.095, {
    ...device,
    channels: ['TP9', 'AF7', 'AF8', 'TP10'],
    rateHz: 256,
    seconds: 10,
  }),
  'mixed_ends.csv': bare(0.0974),
  'mne_to_csv.csv': timed(0.0898),
  'nan_cells.csv': bare(0.0948, {
    codes: ['samples_missing', 'sampling_rate_assumed', 'unit_assumed'],
  }),
  'note_column_named.csv': bare(0.0908),
  'openbci_rate_comment_only.txt': bare(0.1826, {
    ...exg(1),
    rateHz: 125,
    seconds: 12,
    rate: 'file',
  }),
  'openbci_v4.txt': bare(0.0864, { ...exg(7), rate: 'file', unitFrom: 'file' }),
  'openbci_v5.txt': bare(0.1095, { ...exg(3), rateHz: 200, seconds: 10, rate: 'file' }),
  'openbci_v5_crlf_bom.txt': bare(0.1146, { ...exg(3), rateHz: 200, seconds: 10, rate: 'file' }),
  'pandas_index.csv': bare(0.0787),
  'quoted.csv': timed(0.0879),
  'semicolon_decimal_comma.csv': timed(0.0885),
  'sep_line.csv': timed(0.0764),
  'time_in_ms_256.csv': timed(0.0931, { rateHz: 256, seconds: 10 }),
  'time_iso.csv': timed(0.0918),
  'time_ns_epoch.csv': timed(0.0912),
  'time_us.csv': timed(0.0875),
  'time_us_500hz.csv': timed(0.0464, { rateHz: 500 }),
  'units_in_header.csv': timed(0.0876, { unitFrom: 'file', codes: [] }),
  'unix_minus.csv': bare(0.0846),
  'utf16le.csv': bare(0.0899),
}

const CASES = process.env['SWITCHYARD_CASES'] ?? ''
const folder = path.join(CASES, 'eeg')
const hasCases = CASES !== '' && existsSync(folder)
if (!hasCases) console.log('skipped: SWITCHYARD_CASES names no folder with recordings')
const bytesOf = (name: string) => readFileSync(path.join(folder, name))

describe.skipIf(!hasCases)('the given recordings', () => {
  test('are all in the table, and no others', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(readdirSync(folder).sort())
  })

  test.each(Object.entries(EXPECTED))(
    '%s is answered according to its content',
    (name, expected) => {
      if (typeof expected === 'string') {
        expect(refusalOf(() => readFile(bytesOf(name))).message).toContain(expected)
        return
      }
      const result = analyseEeg(readFile(bytesOf(name)))
      expect(result.recording).toMatchObject({
        channels: expected.channels,
        sampling_rate: expected.rateHz,
        duration_s: expected.seconds,
        sampling_rate_from: expected.rate,
        unit: expected.unit,
        unit_from: expected.unitFrom,
      })
      expect(result.warnings?.map(({ code }) => code) ?? []).toEqual(expected.codes)
      const tolerance = 0.0005 + 0.005 * expected.score
      expect(Math.abs((result.brain_load_score ?? NaN) - expected.score)).toBeLessThan(tolerance)
    },
  )

  test('with other sensors among them score as the electrodes alone: 23 are left out by name', () => {
    const { left_out: leftOut } = analyseEeg(readFile(bytesOf('sleep_names.edf'))).recording
    expect(leftOut).toHaveLength(23)
    expect(leftOut).toContainEqual({ label: 'HEOG', reason: 'eye movements' })
    expect(leftOut.every(({ reason }) => !/unknown/.test(reason))).toBe(true)
  })
})
