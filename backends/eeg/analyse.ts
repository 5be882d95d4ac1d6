/** From a recording to everything that is answered about it. Pure: the model file is read by the caller. */
import { bandPass, filter, notch } from './dsp_filter.ts'
import { passHz } from './dsp_resample.ts'
import { BANDS, makeSpectrumAnalyser, type BandName } from './dsp_spectrum.ts'
import { engagementOf, scoreOf, smoothScores, type BandPowers } from './engagement.ts'
import { classifyEyes } from './eye_state.ts'
import type { EyeModel } from './eye_model.ts'
import {
  bandsWithin,
  featuresOf,
  spectraOf,
  spectrumScale,
  type SpectralContext,
} from './features.ts'
import { comparePairs, deriveChannels, type PairChannel } from './pairs.ts'
import { readOptions, type EegOptions } from './options.ts'
import { prepareChannels, repairedShare, type PreparedChannel } from './prepare.ts'
import { MAINS_HZ, qualityOf } from './quality.ts'
import type { ArtefactWindow, EegResult, IndexDescription, WindowResult } from './result.ts'
import { roundedDeep } from './rounding.ts'
import { durationS, type EegSignal } from './signal.ts'
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

/** Pass band of everything but the eye state model. */
export const PASS_BAND_HZ = { low: 0.5, high: 45 } as const
const ARTEFACT_CHANNELS_LISTED_MAX = 8
const FIGURE_DIGITS = 6

interface Channel extends PreparedChannel, PairChannel {
  /** Per window; null is good. */
  reasons: (ArtefactReason | null)[]
  /** Per window; null where it is an artefact. */
  powers: (BandPowers | null)[]
}

/**
 * `given` holds options of `EEG_OPTIONS` under their names, not yet checked; other keys are ignored. `eyeModel` is null
 * where the eye state is not wanted. Throws ProtocolError for a wrong option only: a recording that is too short, or bad
 * throughout, is answered with a `message`.
 */
export function analyseEeg(
  signal: EegSignal,
  given: Readonly<Record<string, unknown>> = {},
  eyeModel: EyeModel | null = null,
): EegResult {
  const options = readOptions(given)
  const analyser = makeSpectrumAnalyser(WINDOW_SAMPLES, ANALYSIS_RATE_HZ)
  const reached = bandsWithin(passHz(signal.samplingRateHz))
  const prepared = prepareChannels(signal)
  const starts = windowStarts(prepared[0]?.samplesUv.length ?? 0)
  const channels = prepared.map((channel) =>
    analyseChannel(channel, { starts, reached, analyser, options, signal }),
  )
  const screening = screenWindows(
    channels.map(({ reasons }) => reasons),
    options.channel_share_max,
  )
  const windows = scoreWindows(channels, screening, { starts, options })
  const last = windows.at(-1)
  const message = last === undefined ? whyNoScore(signal, starts, reached) : undefined
  const eyes = classifyEyes(eyeModel, prepared, signal.samplingRateHz, starts, screening)
  const answer: Omit<EegResult, 'traces'> = {
    brain_load_score: last?.score_ema ?? null,
    state: last?.state ?? null,
    window_results: windows,
    num_windows: windows.length,
    ...(message === undefined ? {} : { message }),
    index: describeIndex(channels, screening, windows, options),
    windows_total: starts.length,
    artefact_windows: listArtefacts(channels, screening, starts),
    recording: {
      duration_s: durationS(signal),
      sampling_rate: signal.samplingRateHz,
      analysis_rate: ANALYSIS_RATE_HZ,
      channels: channels.map(({ name }) => name),
      notes: [...signal.notes],
    },
    bands_hz: BANDS,
    spectrum: spectrumScale(analyser),
    channels: channels.map((channel) => ({
      name: channel.name,
      label: channel.label,
      quality: qualityOf(channel, channel.filteredUv, channel.reasons, signal.samplingRateHz),
      features: channel.features,
    })),
    derivations: deriveChannels(channels, { reached, analyser }),
    pairs: comparePairs(channels, { reached, analyser }),
    ...eyes,
  }
  return { ...roundedDeep(answer, FIGURE_DIGITS), traces: tracesOf(channels) }
}

interface Context extends SpectralContext {
  starts: readonly number[]
  options: EegOptions
}

function analyseChannel(
  channel: PreparedChannel,
  { starts, reached, analyser, options, signal }: Context & { signal: EegSignal },
): Channel {
  const filteredUv = filter(channel.samplesUv, [
    ...bandPass(PASS_BAND_HZ.low, PASS_BAND_HZ.high, ANALYSIS_RATE_HZ),
    ...MAINS_HZ.map((hz) => notch(hz, ANALYSIS_RATE_HZ)),
  ])
  const reasons = starts.map((start) => {
    const share = repairedShare(channel, start / ANALYSIS_RATE_HZ, signal.samplingRateHz)
    return artefactOf(filteredUv, start, share, options)
  })
  const goodStarts = starts.filter((_, window) => reasons[window] === null)
  const { spectrum, powers } = spectraOf(filteredUv, goodStarts, { reached, analyser })
  const perStart = new Map(goodStarts.map((start, at) => [start, powers[at] as BandPowers]))
  return {
    ...channel,
    filteredUv,
    reasons,
    goodStarts,
    powers: starts.map((start) => perStart.get(start) ?? null),
    features: featuresOf(filteredUv, spectrum, goodStarts, reached),
  }
}

/** The windows that are not rejected, each over the channels that are good in it. */
function scoreWindows(
  channels: readonly Channel[],
  { goodChannels }: Screening,
  { starts, options }: Pick<Context, 'starts' | 'options'>,
): WindowResult[] {
  const scored = starts.flatMap((_, window) => {
    const good = goodChannels[window] ?? null
    if (good === null) return []
    const powers = good.map((at) => channels[at]?.powers[window] ?? null)
    const engagement = engagementOf(powers.filter((one) => one !== null))
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

function whyNoScore(
  signal: EegSignal,
  starts: readonly number[],
  reached: readonly BandName[],
): string {
  if (starts.length === 0) {
    return `the recording lasts ${shortSeconds(durationS(signal))} s; a score needs at least ${WINDOW_S} s`
  }
  if (!reached.includes('beta')) {
    return `a sampling rate of ${signal.samplingRateHz} Hz does not reach the beta band (to ${BANDS.beta.high} Hz); a score needs at least 64 Hz`
  }
  return `all ${starts.length} windows are artefacts; see artefact_windows and the quality of each channel`
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
    name: 'engagement index',
    formula: 'score = 100 E / (E + midpoint), E = beta / (alpha + theta)',
    source:
      'Pope, Bogart & Bartolome 1995, doi:10.1016/0301-0511(95)05116-3; the scale is a design choice',
    validated: false,
    midpoint: options.engagement_midpoint,
    channels: used.map((at) => (channels[at] as Channel).name),
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
