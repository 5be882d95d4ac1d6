import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { analyseEeg } from './analyse.ts'
import { BAND_NAMES } from './dsp_spectrum.ts'
import { loadEyeModel } from './eye_model.ts'
import { EMOTIV_14 } from './montage.ts'
import { readEdf } from './read_edf.ts'
import { readFile } from './read_file.ts'
import { readRows } from './read_rows.ts'
import { writeEdf } from './testing/edf_writer.ts'
import { refusalOf } from './testing/refusals.ts'
import { hasSample, readSample } from './testing/samples.ts'
import { noise, scaled, signalOf, sine, sum } from './testing/signals.ts'

const MODEL = await loadEyeModel(new URL('model/eye_state.json', import.meta.url).pathname)

/** Seconds of a rhythm with amplitude in µV, in quiet noise. */
function rhythm(hz: number, amplitude: number, seconds = 20, rateHz = 128): Float64Array {
  const samples = seconds * rateHz
  return sum(sine(hz, { amplitude, rateHz, samples }), scaled(noise(samples, hz), 2))
}

const montage = (seconds = 10) =>
  Object.fromEntries(EMOTIV_14.map((name, at) => [name, scaled(noise(seconds * 128, at + 1), 10)]))

describe('the score', () => {
  test('is high for beta and low for alpha, in windows of 2 s every 1 s', () => {
    const busy = analyseEeg(signalOf({ Fp1: rhythm(20, 30), Fp2: rhythm(22, 30) }))
    const calm = analyseEeg(signalOf({ Fp1: rhythm(10, 30), Fp2: rhythm(10, 25) }))
    expect(busy).toMatchObject({ state: 'high', num_windows: 19, windows_total: 19 })
    expect(calm).toMatchObject({ state: 'low', num_windows: 19 })
    expect(busy.brain_load_score).toBeGreaterThan(90)
    expect(calm.brain_load_score).toBeLessThan(10)
    expect(busy).not.toHaveProperty('message')
    expect(busy.window_results[3]).toMatchObject({ window_index: 3, t_start_s: 3, t_end_s: 5 })
  })

  test('is the percentage of beta in beta, alpha and theta while the midpoint is 1', () => {
    const channel = sum(
      sine(20, { amplitude: 30, samples: 2560 }),
      sine(10, { amplitude: 30, samples: 2560 }),
    )
    const { window_results: windows, channels } = analyseEeg(signalOf({ Cz: channel }))
    for (const { engagement, score_raw: score } of windows.slice(3)) {
      expect(engagement).toBeCloseTo(1, 1)
      expect(score).toBeCloseTo(50, 0)
    }
    expect(channels[0]?.features?.ratios.engagement).toBeCloseTo(1, 1)
  })

  test('changes its state once on the way from calm to busy, with hysteresis and smoothing', () => {
    const turn = Float64Array.from([...rhythm(10, 30, 15), ...rhythm(20, 30, 15)])
    const { window_results: windows } = analyseEeg(signalOf({ Fp1: turn, Fp2: turn }))
    const changes = windows.filter((one) => one.state_changed)
    expect(changes).toHaveLength(1)
    expect(changes[0]?.state).toBe('high')
    // Smoothing needs three windows near 100 to reach 60.
    expect(changes[0]?.t_end_s).toBeGreaterThanOrEqual(17)
    expect(changes[0]?.t_end_s).toBeLessThanOrEqual(20)
    windows.slice(1).forEach((one, at) => {
      const before = windows[at]?.score_ema ?? 0
      expect(one.score_ema).toBeCloseTo(0.7 * before + 0.3 * one.score_raw, 2)
    })
  })

  test('follows its options, and refuses wrong ones', () => {
    const mixed = sum(rhythm(10, 30), rhythm(20, 20))
    const signal = signalOf({ Fp1: mixed, Fp2: mixed })
    const own = analyseEeg(signal).index.mean_engagement as number
    const baseline = analyseEeg(signal, { engagement_midpoint: own })
    expect(Math.abs((baseline.brain_load_score as number) - 50)).toBeLessThan(10)
    expect(refusalOf(() => analyseEeg(signal, { smoothing: 2 })).message).toContain(
      'smoothing is 2',
    )
  })

  test('is described as an index, of what, from where', () => {
    expect(analyseEeg(signalOf({ Cz: rhythm(10, 30) })).index).toMatchObject({
      kind: 'index',
      validated: false,
      formula: 'score = 100 E / (E + midpoint), E = beta / (alpha + theta)',
      source: expect.stringContaining('Pope, Bogart & Bartolome 1995'),
      channels: ['Cz'],
    })
  })
})

describe('artefacts', () => {
  test('take their windows out and leave the rest, with a gap in the index', () => {
    const channel = rhythm(10, 30)
    for (let at = 1280; at < 1290; at++) channel[at] = (channel[at] as number) + 150
    const result = analyseEeg(signalOf({ Fp1: channel, Fp2: rhythm(10, 30) }))
    const rejected = result.artefact_windows.map((one) => one.window_index)
    expect(rejected).toEqual([8, 9, 10].filter((window) => rejected.includes(window)))
    expect(rejected).toContain(9)
    expect(result.artefact_windows[0]).toMatchObject({ channels: ['Fp1'], channel_count: 1 })
    expect(result.num_windows + rejected.length).toBe(result.windows_total)
    expect(result.window_results.map((one) => one.window_index)).not.toContain(9)
  })

  test('in all windows: no score, and a message with the reason', () => {
    const flat = new Float64Array(1280).fill(7)
    const result = analyseEeg(signalOf({ Fp1: flat, Fp2: flat }))
    expect(result).toMatchObject({
      brain_load_score: null,
      state: null,
      window_results: [],
      num_windows: 0,
      message: 'all 9 windows are artefacts; see artefact_windows and the quality of each channel',
    })
    expect(result.artefact_windows).toHaveLength(9)
    expect(result.channels[0]).toMatchObject({
      features: null,
      quality: { level: 'bad', artefacts: { flat: 9 } },
    })
  })

  test('of one dead electrode set it aside: the score comes from the other', () => {
    const result = analyseEeg(signalOf({ Fp1: new Float64Array(2560), Fp2: rhythm(20, 30) }))
    expect(result.index.channels).toEqual(['Fp2'])
    expect(result.num_windows).toBe(19)
    expect(result.channels.map(({ name }) => name)).toEqual(['Fp2'])
    expect(result.recording.left_out).toEqual([
      { label: 'Fp1', reason: 'constant: every sample is the same or missing' },
    ])
    expect(result.warnings).toEqual([
      {
        code: 'channel_dead',
        message: 'Fp1 carries no signal and was left out.',
        field: 'data.eeg_signal',
        values: { case: 'flat', names: ['Fp1'], count: 1 },
      },
    ])
  })

  test('of a flat line with a little noise take it out as well', () => {
    const flat = scaled(noise(2560), 0.01)
    const result = analyseEeg(signalOf({ Fp1: rhythm(20, 30), Fp2: flat }))
    expect(result.recording).toMatchObject({
      channels: ['Fp1'],
      left_out: [{ label: 'Fp2', reason: 'flat line' }],
    })
  })

  test('of missing samples: the windows with many of them', () => {
    const channel = rhythm(10, 30)
    channel.fill(NaN, 640, 704)
    channel[1500] = NaN
    const result = analyseEeg(signalOf({ Fp1: channel }))
    expect(result.artefact_windows.map(({ window_index: at }) => at)).toEqual([4, 5])
    expect(result.artefact_windows[0]?.reasons).toEqual(['repaired'])
    expect(result.channels[0]?.quality.repaired_samples).toBe(65)
  })

  test.each([
    ['volts taken for microvolts', 1e-6, 1],
    ['nanovolts taken for microvolts', 1000, 1],
  ])('of %s: a warning that the unit may be wrong', (_, factor, count) => {
    const result = analyseEeg(signalOf({ Fp1: scaled(rhythm(10, 30), factor) }))
    expect(result.warnings).toHaveLength(count)
    expect(result.warnings?.[0]).toMatchObject({
      code: 'amplitude_implausible',
      field: 'data.unit',
    })
  })

  test('that are single gross samples are repaired before the filter, not rejected', () => {
    const channel = rhythm(10, 30).map((value) => value + 4300)
    channel[1000] = 700_000
    const result = analyseEeg(signalOf({ Fp1: channel, Fp2: rhythm(10, 30) }))
    expect(result.num_windows).toBe(19)
    expect(result.channels[0]?.quality.repaired_samples).toBe(1)
  })
})

describe('a recording without a score has a reason', () => {
  test('when it is shorter than a window', () => {
    const result = analyseEeg(readRows([[1, 2]]))
    expect(result.message).toBe('the recording lasts 0 s; a score needs at least 2 s')
    expect(analyseEeg(signalOf({ Cz: rhythm(10, 30, 1) })).message).toContain('lasts 1 s')
  })

  test('when its rate does not reach the beta band', () => {
    const result = analyseEeg(signalOf({ Cz: rhythm(10, 30, 20, 50) }, 50))
    expect(result.message).toBe(
      'a sampling rate of 50 Hz does not reach the beta band (to 30 Hz); a score needs at least 64 Hz',
    )
    expect(result.window_results).toEqual([])
    const powers = result.channels[0]?.features?.band_power_uv2
    expect(powers).toMatchObject({ beta: null, gamma: null })
    expect(powers?.alpha).toBeCloseTo(450, -2)
  })
})

describe('the features', () => {
  test('hold the power of a rhythm in its band, absolute and relative, at any rate', () => {
    for (const rateHz of [100, 128, 250, 500, 1000]) {
      const { channels } = analyseEeg(signalOf({ O1: rhythm(10, 40, 20, rateHz) }, rateHz))
      const features = channels[0]?.features
      expect(features?.band_power_uv2.alpha, `${rateHz} Hz`).toBeGreaterThan(780)
      expect(features?.band_power_uv2.alpha, `${rateHz} Hz`).toBeLessThan(830)
      expect(features?.band_power_relative.alpha).toBeGreaterThan(0.98)
      expect(features?.hjorth.mobility_hz).toBeGreaterThan(9)
      expect(features?.hjorth.mobility_hz).toBeLessThan(13)
      const shares = BAND_NAMES.map((name) => features?.band_power_relative[name] ?? 0)
      expect(shares.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 4)
    }
  })

  test('of Fp1 and Fp2 include their difference, asymmetry and coherence', () => {
    const [left, right] = [rhythm(10, 20), rhythm(10, 40)]
    const result = analyseEeg(signalOf({ Fp1: left, Fp2: right }))
    expect(result.derivations).toMatchObject([{ name: 'Fp1-Fp2' }])
    expect(result.derivations[0]?.band_power_uv2.alpha).toBeCloseTo(200, -1)
    expect(result.pairs).toHaveLength(1)
    expect(result.pairs[0]).toMatchObject({ left: 'Fp1', right: 'Fp2', windows: 19 })
    expect(result.pairs[0]?.alpha_asymmetry).toBeCloseTo(Math.log(4), 1)
    expect(result.pairs[0]?.coherence.alpha).toBeGreaterThan(0.9)
    expect(result.pairs[0]?.coherence.delta).toBeGreaterThan(0)
  })

  test('measure the mains before the notch, and not after it', () => {
    const hum = sine(50, { amplitude: 30, rateHz: 250, samples: 5000 })
    const result = analyseEeg(signalOf({ O1: sum(rhythm(10, 40, 20, 250), hum) }, 250))
    expect(result.channels[0]?.quality.mains_uv[50]).toBeCloseTo(30 / Math.SQRT2, 0)
    expect(result.channels[0]?.quality.mains_uv[60]).toBeLessThan(1)
    expect(result.channels[0]?.features?.band_power_uv2.gamma).toBeLessThan(5)
  })
})

describe('the eye state', () => {
  test('has a probability for every window, artefacts marked, and the model behind it', () => {
    const result = analyseEeg(signalOf(montage()), {}, MODEL)
    expect(result.eye_state?.windows).toHaveLength(9)
    for (const { probability_closed: probability, state } of result.eye_state?.windows ?? []) {
      expect(probability).toBeGreaterThanOrEqual(0)
      expect(probability).toBeLessThanOrEqual(1)
      expect(state).toBe(probability >= 0.5 ? 'closed' : 'open')
    }
    expect(result.eye_state?.model).toMatchObject({
      kind: 'trained',
      name: 'eye_state_logcov_logistic',
      licence: 'MIT',
      sha256: MODEL.sha256,
      validated: false,
      limits: expect.stringContaining('one recording of one person'),
    })
    expect(result).not.toHaveProperty('eye_state_reason')
  })

  test.each([
    [
      'the montage is another',
      { Fp1: rhythm(10, 30), Fp2: rhythm(10, 30) },
      128,
      MODEL,
      'missing here: AF3, F7',
    ],
    ['the rate is too low', montage(), 64, MODEL, 'ends at 30 Hz'],
    ['the recording is too short', montage(1), 128, MODEL, 'shorter than one window'],
    ['the model is not wanted', montage(), 128, null, 'is not loaded'],
  ])('is absent with a reason where %s', (_, channels, rateHz, model, reason) => {
    const result = analyseEeg(signalOf(channels, rateHz), {}, model)
    expect(result.eye_state).toBeNull()
    expect(result.eye_state_reason).toContain(reason)
  })
})

describe('every reader leads to the same answer', () => {
  test('rows, text and EDF', () => {
    const [left, right] = [rhythm(10, 30), rhythm(20, 30)]
    const rows = [...left].map((value, at) => [value, right[at] as number])
    const text = rows.map((row) => row.join(',')).join('\n')
    const edf = writeEdf({
      signals: [
        { label: 'EEG Fp1-Ref', samplesPerRecord: 128, values: left },
        { label: 'EEG Fp2-Ref', samplesPerRecord: 128, values: right },
      ],
      records: 20,
    })
    const scores = [
      readRows(rows, { samplingRate: 128 }),
      readFile(new TextEncoder().encode(text), { samplingRate: 128 }),
      readEdf(edf),
    ].map((signal) => analyseEeg(signal).brain_load_score as number)
    expect(scores[1]).toBe(scores[0])
    // EDF has steps of 0.1 µV.
    expect(scores[2]).toBeCloseTo(scores[0] as number, 0)
  })
})

test('any recording is answered with finite numbers', () => {
  const value = fc.oneof(
    { weight: 5, arbitrary: fc.double({ min: -200, max: 200, noNaN: true }) },
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.constant(0),
  )
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 900 }),
      fc.double({ min: 32, max: 2048, noNaN: true }),
      fc.boolean(),
      (pattern, samples, rateHz, isEmotiv) => {
        const names = isEmotiv ? EMOTIV_14 : ['Fp1', 'Fp2']
        const channels = Object.fromEntries(
          names.map((name, channel) => [
            name,
            Float64Array.from(
              { length: samples },
              (_, at) => pattern[(at * (channel + 1)) % pattern.length] as number,
            ),
          ]),
        )
        const result = analyseEeg(signalOf(channels, rateHz), {}, MODEL)
        expect(numbersIn(result).filter((number) => !Number.isFinite(number))).toEqual([])
        expect(result.num_windows).toBe(result.window_results.length)
        expect(result.message === undefined).toBe(result.num_windows > 0)
      },
    ),
    { numRuns: 60 },
  )
})

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}

describe.skipIf(!hasSample)('the real recording', () => {
  test('is scored, its outliers repaired, its eye state found as far as the model goes', () => {
    const signal = readFile(readSample(), { samplingRate: 128 })
    const result = analyseEeg(signal, {}, MODEL)
    expect(result).toMatchObject({ state: 'low', windows_total: 116 })
    expect(result.num_windows).toBeGreaterThan(105)
    expect(result.channels.every(({ quality }) => quality.repaired_samples > 0)).toBe(true)
    expect(result.eye_state?.windows).toHaveLength(116)
    expect(JSON.stringify(result).length).toBeLessThan(300_000)
  })

  test('is analysed in well under its own length: 60 s of 14 channels', () => {
    const signal = readFile(readSample(), { samplingRate: 128 })
    const minute = {
      ...signal,
      durationS: 60,
      channels: signal.channels.map((one) => ({ ...one, samples: 7680 })),
    }
    analyseEeg(minute, {}, MODEL)
    const started = process.cpuUsage()
    analyseEeg(minute, {}, MODEL)
    const { user, system } = process.cpuUsage(started)
    // About 65 ms of processor time; the limit leaves room for slow and shared machines.
    expect((user + system) / 1000).toBeLessThan(1000)
  })
})
