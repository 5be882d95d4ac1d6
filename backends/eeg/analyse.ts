/** From a recording to the complete reply. The caller reads the model file. */
import { message, type Message } from '../../protocol/messages.ts'
import { makeWarning, firstNames } from '../../protocol/warning_texts.ts'
import { bandPass, filter, notch } from './dsp_filter.ts'
import { passHz } from './dsp_resample.ts'
import { BANDS, makeSpectrumAnalyser, type SpectrumAnalyser } from './dsp_spectrum.ts'
import {
  engagementOf,
  scoreOf,
  smoothScores,
  type BandPowers,
  type IndexBand,
} from './engagement.ts'
import { classifyEyes, isEyeChannel, isEyeLength, noEyes } from './eye_state.ts'
import type { EyeModel } from './eye_model.ts'
import { bandsWithin, featuresOf, spectraOf, spectrumScale } from './features.ts'
import { comparePairs, deriveChannels, type PairChannel } from './pairs.ts'
import { readOptions, type EegOptions } from './options.ts'
import { makePreparer, repairedShare, type PreparedChannel } from './prepare.ts'
import { MAINS_HZ } from './dsp_amplitude.ts'
import { qualityOf } from './quality.ts'
import type {
  ArtefactWindow,
  EegResult,
  IndexDescription,
  RecordingDescription,
  WindowResult,
} from './result.ts'
import { roundedDeep } from './rounding.ts'
import type { EegWarning, EegSignal, LeftOut } from './signal.ts'
import { tracesOf } from './traces.ts'
import {
  ANALYSIS_RATE_HZ,
  artefactOf,
  screenWindows,
  spanOf,
  WINDOW_S,
  WINDOW_SAMPLES,
  windowStarts,
  type ArtefactReason,
  type Screening,
} from './windows.ts'

/** Pass band of everything except the eye state model. */
export const PASS_BAND_HZ = { low: 0.5, high: 45 } as const
const ARTEFACT_CHANNELS_LISTED_MAX = 8
const FIGURE_DIGITS = 6

interface Channel extends Omit<PreparedChannel, 'samplesUv'>, PairChannel {
  /** Per window; null if good. */
  reasons: (ArtefactReason | null)[]
  /** Index bands per window; NaN for artefacts and bands above the sampling rate. */
  powers: Record<IndexBand, Float64Array>
}

/**
 * `given`: unvalidated `EEG_OPTIONS`. `eyeModel` null: no eye state. Reads channels one by one, to save memory.
 * Throws ProtocolError only for options: short or bad recordings get a `message`.
 */
export function analyseEeg(
  signal: EegSignal,
  given: Readonly<Record<string, unknown>> = {},
  eyeModel: EyeModel | null = null,
): EegResult {
  const options = readOptions(given)
  const analyser = makeSpectrumAnalyser(WINDOW_SAMPLES, ANALYSIS_RATE_HZ)
  const prepare = makePreparer(signal)
  const seesEyes = eyeModel !== null && isEyeLength(signal)
  const eyeChannels: PreparedChannel[] = []
  let starts: number[] = []
  const read = signal.channels.map((source) => {
    const prepared = prepare(source)
    starts = windowStarts(prepared.samplesUv.length)
    if (seesEyes && isEyeChannel(prepared) && !prepared.isConstant) eyeChannels.push(prepared)
    return analyseChannel(prepared, { starts, analyser, options })
  })
  const { channels, dead } = withoutDead(read)
  const screening = screenWindows(
    channels.map(({ reasons }) => reasons),
    options.channel_share_max,
  )
  const windows = scoreWindows(channels, screening, { starts, options })
  const last = windows.at(-1)
  const whyNone = last === undefined ? whyNoScore(signal, starts) : undefined
  const eyes = seesEyes
    ? classifyEyes(eyeModel, eyeChannels, signal.samplingRateHz, starts, screening)
    : noEyes(eyeModel)
  const answer: Omit<EegResult, 'traces' | 'warnings'> = {
    brain_load_score: last?.score_ema ?? null,
    state: last?.state ?? null,
    window_results: windows,
    num_windows: windows.length,
    ...(whyNone === undefined ? {} : { message: whyNone.message }),
    index: describeIndex(channels, screening, windows, options),
    windows_total: starts.length,
    artefact_windows: listArtefacts(channels, screening, starts),
    recording: describeRecording(signal, channels, dead),
    bands_hz: BANDS,
    spectrum: spectrumScale(analyser),
    channels: channels.map((channel) => ({
      name: channel.name,
      label: channel.label,
      quality: qualityOf(channel, channel.filteredUv, channel.reasons),
      features: channel.features,
    })),
    derivations: deriveChannels(channels, analyser),
    pairs: comparePairs(channels, analyser),
    ...eyes,
  }
  const warnings = [...signal.warnings, ...deadWarnings(dead), ...amplitudeWarnings(channels)]
  return {
    ...roundedDeep(answer, FIGURE_DIGITS),
    traces: tracesOf(channels),
    ...(warnings.length === 0 ? {} : { warnings }),
  }
}

interface Context {
  starts: readonly number[]
  options: EegOptions
  analyser: SpectrumAnalyser
}

function analyseChannel(
  { samplesUv, ...channel }: PreparedChannel,
  { starts, analyser, options }: Context,
): Channel {
  const reached = bandsWithin(passHz(channel.samplingRateHz))
  const filteredUv = filter(samplesUv, [
    ...bandPass(PASS_BAND_HZ.low, PASS_BAND_HZ.high, ANALYSIS_RATE_HZ),
    ...MAINS_HZ.map((hz) => notch(hz, ANALYSIS_RATE_HZ)),
  ])
  const reasons = starts.map((start) => {
    const share = repairedShare(channel, start / ANALYSIS_RATE_HZ)
    return artefactOf(filteredUv, start, share, options)
  })
  const goodStarts = starts.filter((_, window) => reasons[window] === null)
  const { spectrum, powers } = spectraOf(filteredUv, goodStarts, { reached, analyser })
  return {
    ...channel,
    filteredUv,
    reached,
    reasons,
    goodStarts,
    powers: indexPowers(reasons, powers),
    features: featuresOf(filteredUv, spectrum, goodStarts, reached),
  }
}

/** Plain arrays: a day has 86,400 windows, and objects would take more memory than the signal. */
function indexPowers(
  reasons: readonly (ArtefactReason | null)[],
  powers: readonly BandPowers[],
): Channel['powers'] {
  const seriesOf = (band: IndexBand) => {
    let good = 0
    return Float64Array.from(reasons, (reason) =>
      reason === null ? (powers[good++]?.[band] ?? NaN) : NaN,
    )
  }
  return { theta: seriesOf('theta'), alpha: seriesOf('alpha'), beta: seriesOf('beta') }
}

/** From this share of flat windows a channel is a flat line. */
const FLAT_SHARE = 0.9

interface DeadChannel extends LeftOut {
  name: string
}

/** Drops channels without a signal, unless that would be all. */
function withoutDead(read: readonly Channel[]): { channels: Channel[]; dead: DeadChannel[] } {
  const dead = read.flatMap((channel): DeadChannel[] => {
    const { name, label, isConstant, reasons } = channel
    const flat = reasons.filter((reason) => reason === 'flat').length
    if (isConstant) return [{ name, label, reason: message('reply.constant').message }]
    const isFlat = reasons.length > 0 && flat >= FLAT_SHARE * reasons.length
    return isFlat ? [{ name, label, reason: message('reply.flat').message }] : []
  })
  if (dead.length === read.length) return { channels: [...read], dead: [] }
  const names = new Set(dead.map(({ name }) => name))
  return { channels: read.filter(({ name }) => !names.has(name)), dead }
}

function describeRecording(
  signal: EegSignal,
  channels: readonly Channel[],
  dead: readonly DeadChannel[],
): RecordingDescription {
  const { origin } = signal
  return {
    duration_s: signal.durationS,
    sampling_rate: signal.samplingRateHz,
    analysis_rate: ANALYSIS_RATE_HZ,
    channels: channels.map(({ name }) => name),
    ...origin,
    left_out: [...origin.left_out, ...dead.map(({ label, reason }) => ({ label, reason }))],
    notes: [...signal.notes],
  }
}

function deadWarnings(dead: readonly DeadChannel[]): EegWarning[] {
  if (dead.length === 0) return []
  return [
    makeWarning('channel_dead', {
      case: 'flat',
      ...firstNames(dead.map(({ name }) => name)),
      field: 'data.eeg_signal',
    }),
  ]
}

/** Microvolts: scalp EEG is 1 to 200; amplifiers add offsets, but not within a second. */
const AMPLITUDE_UV = { min: 0.1, max: 10_000 } as const

/** Values in a wrong unit are off by a thousand. */
function amplitudeWarnings(channels: readonly Channel[]): EegWarning[] {
  const odd = channels.filter(
    ({ amplitudeUv }) => amplitudeUv < AMPLITUDE_UV.min || amplitudeUv > AMPLITUDE_UV.max,
  )
  const [first] = odd
  if (first === undefined) return []
  return [
    makeWarning('amplitude_implausible', {
      ...firstNames(odd.map(({ name }) => name)),
      amplitude: Number(first.amplitudeUv.toPrecision(2)),
      ...AMPLITUDE_UV,
      field: 'data.unit',
    }),
  ]
}

function scoreWindows(
  channels: readonly Channel[],
  { goodChannels }: Screening,
  { starts, options }: Pick<Context, 'starts' | 'options'>,
): WindowResult[] {
  const scored = starts.flatMap((_, window) => {
    const good = goodChannels[window] ?? null
    if (good === null) return []
    const powers = good.flatMap((at) => {
      const { powers, reached } = channels[at] as Channel
      const theta = powers.theta[window] ?? NaN
      const alpha = powers.alpha[window] ?? NaN
      const beta = powers.beta[window] ?? NaN
      return !reached.includes('beta') || Number.isNaN(theta) ? [] : { theta, alpha, beta }
    })
    const engagement = engagementOf(powers)
    return engagement === null ? [] : [{ window, engagement }]
  })
  const raw = scored.map(({ engagement }) => scoreOf(engagement, options.engagement_midpoint))
  return smoothScores(raw, options).map((smoothed, at) => {
    const { window, engagement } = scored[at] as (typeof scored)[number]
    return {
      ...spanOf(window, starts),
      score_raw: raw[at] as number,
      score_ema: smoothed.scoreEma,
      state: smoothed.state,
      state_changed: smoothed.stateChanged,
      engagement,
    }
  })
}

function whyNoScore(signal: EegSignal, starts: readonly number[]): Message {
  if (starts.length === 0) {
    return message('reply.too_short', {
      seconds: shortSeconds(signal.durationS),
      min: WINDOW_S,
    })
  }
  if (!bandsWithin(passHz(signal.samplingRateHz)).includes('beta')) {
    return message('reply.no_beta', { rate: signal.samplingRateHz, high: BANDS.beta.high })
  }
  return message('reply.all_artefacts', { total: starts.length })
}

const shortSeconds = (seconds: number) => Math.floor(seconds * 100) / 100

function describeIndex(
  channels: readonly Channel[],
  { used }: Screening,
  windows: readonly WindowResult[],
  options: EegOptions,
): IndexDescription {
  const sum = windows.reduce((total, { engagement }) => total + engagement, 0)
  return {
    kind: 'index',
    name: message('reply.engagement_index').message,
    formula: 'score = 100 E / (E + midpoint), E = beta / (alpha + theta)',
    source: message('reply.index_source').message,
    validated: false,
    midpoint: options.engagement_midpoint,
    channels: used.flatMap((at) => {
      const { name, reached } = channels[at] as Channel
      return reached.includes('beta') ? [name] : []
    }),
    mean_engagement: windows.length > 0 ? sum / windows.length : null,
  }
}

function listArtefacts(
  channels: readonly Channel[],
  { used, goodChannels }: Screening,
  starts: readonly number[],
): ArtefactWindow[] {
  return starts.flatMap((_, window) => {
    if (goodChannels[window] !== null) return []
    const bad = used.flatMap((at) => {
      const { name, reasons } = channels[at] as Channel
      const reason = reasons[window] ?? null
      return reason === null ? [] : [{ name, reason }]
    })
    return [
      {
        ...spanOf(window, starts),
        reasons: [...new Set(bad.map(({ reason }) => reason))],
        channels: bad.slice(0, ARTEFACT_CHANNELS_LISTED_MAX).map(({ name }) => name),
        channel_count: bad.length,
      },
    ]
  })
}
