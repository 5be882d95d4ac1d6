/** Resamples and repairs channels, unfiltered. Reads long channels in pieces. */
import { repairOutliers } from './dsp_repair.ts'
import { makeResampler, resampledLength, type Stretch } from './dsp_resample.ts'
import { amplitudeMeter, MAINS_HZ, type MainsUv } from './dsp_amplitude.ts'
import type { EegChannel, EegSignal } from './signal.ts'
import { ANALYSIS_RATE_HZ, WINDOW_S } from './windows.ts'

export interface PreparedChannel {
  name: string
  label: string
  samplingRateHz: number
  /** Repaired, resampled, and near zero at the start, so that filters begin at rest. */
  samplesUv: Float64Array
  repairedCount: number
  repairedPerSecond: Uint32Array
  mainsUv: MainsUv
  /** Half of peak to peak per second before repair, median over the seconds. */
  amplitudeUv: number
  /** All samples are equal, or missing. */
  isConstant: boolean
}

/** Samples per piece at the channel's own rate: 16 MB as float64. */
export const PIECE_SAMPLES = 2_000_000
/** Overlap of pieces, more than repair and resampling look at, so that edges match the whole. */
const MARGIN_S = 8

type Resampler = ReturnType<typeof makeResampler>

/** Prepares channels one by one, reusing resamplers of the same rate. */
export function makePreparer({
  channels,
}: Pick<EegSignal, 'channels'>): (channel: EegChannel, pieceSamples?: number) => PreparedChannel {
  const resamplers = new Map<number, Resampler>()
  // Signals of different rates may end a sample apart.
  const length = Math.min(...channels.map(analysedLength))
  return (channel, pieceSamples = PIECE_SAMPLES) => {
    const { samplingRateHz: rateHz } = channel
    const resample = resamplers.get(rateHz) ?? makeResampler(rateHz, ANALYSIS_RATE_HZ)
    resamplers.set(rateHz, resample)
    return prepareChannel(channel, { resample, length, pieceSamples })
  }
}

export function prepareChannels(signal: EegSignal): PreparedChannel[] {
  const prepare = makePreparer(signal)
  return signal.channels.map((channel) => prepare(channel))
}

const analysedLength = ({ samples, samplingRateHz }: EegChannel) =>
  resampledLength(samples, samplingRateHz, ANALYSIS_RATE_HZ)

function prepareChannel(
  channel: EegChannel,
  { resample, length, pieceSamples }: { resample: Resampler; length: number; pieceSamples: number },
): PreparedChannel {
  const { name, label, samples, samplingRateHz: rateHz } = channel
  const second = Math.max(1, Math.round(rateHz))
  const margin = MARGIN_S * second
  const piece = Math.ceil(pieceSamples / second) * second
  const facts = factsOf(channel)
  const samplesUv = new Float64Array(length)
  let level = 0
  for (let start = 0; start < samples; start += piece) {
    const end = Math.min(samples, start + piece)
    const offset = Math.max(0, start - margin)
    const raw = channel.readUv(offset, Math.min(samples, end + margin))
    const repaired = repairOutliers(raw, rateHz, level)
    const own = repaired.samplesUv.subarray(start - offset, end - offset)
    const isRepaired = repaired.isRepaired.subarray(start - offset, end - offset)
    facts.add(raw.subarray(start - offset, end - offset), { start, own, isRepaired })
    const stretch: Stretch = {
      offset,
      from: outputAt(start, rateHz),
      to: end === samples ? length : Math.min(length, outputAt(end, rateHz)),
    }
    if (stretch.to > stretch.from)
      samplesUv.set(resample(repaired.samplesUv, stretch), stretch.from)
    level = own.at(-1) ?? level
  }
  return {
    name,
    label,
    samplingRateHz: rateHz,
    samplesUv: withoutOffset(samplesUv),
    ...facts.value(),
  }
}

/** The first output sample at or after an input sample. */
const outputAt = (sample: number, rateHz: number) =>
  Math.ceil((sample * ANALYSIS_RATE_HZ) / rateHz - 1e-7)

type Facts = Omit<PreparedChannel, 'name' | 'label' | 'samplingRateHz' | 'samplesUv'>

/** Statistics at the channel's own rate, accumulated over pieces. */
function factsOf({ samples, samplingRateHz: rateHz }: EegChannel): {
  add(raw: Float64Array, piece: { start: number; own: Float64Array; isRepaired: Uint8Array }): void
  value(): Facts
} {
  const meters = MAINS_HZ.map((hz) => [hz, amplitudeMeter(hz, rateHz)] as const)
  const seconds = Math.ceil(samples / rateHz)
  const repairedPerSecond = new Uint32Array(seconds)
  const amplitudes: number[] = []
  const second = Math.max(1, Math.round(rateHz))
  let repairedCount = 0
  let lowest = Infinity
  let highest = -Infinity
  return {
    add(raw, { start, own, isRepaired }) {
      for (const [, meter] of meters) meter.add(own)
      for (let from = 0; from < raw.length; from += second) {
        const [low, high] = rangeOf(raw.subarray(from, from + second))
        lowest = Math.min(lowest, low)
        highest = Math.max(highest, high)
        if (high >= low && from + second <= raw.length) amplitudes.push((high - low) / 2)
      }
      for (let at = isRepaired.indexOf(1); at !== -1; at = isRepaired.indexOf(1, at + 1)) {
        repairedCount++
        const inSecond = Math.min(seconds - 1, secondOf(start + at, rateHz))
        repairedPerSecond[inSecond] = (repairedPerSecond[inSecond] as number) + 1
      }
    },
    value: () => ({
      repairedCount,
      repairedPerSecond,
      mainsUv: Object.fromEntries(meters.map(([hz, meter]) => [hz, meter.value()])) as MainsUv,
      amplitudeUv: medianOf(amplitudes),
      isConstant: !(highest > lowest),
    }),
  }
}

/** Second `s` begins at sample round(s * rate). */
function secondOf(sample: number, rateHz: number): number {
  const second = Math.floor((sample + 1) / rateHz)
  return Math.round(second * rateHz) > sample ? second - 1 : second
}

function rangeOf(values: Float64Array): [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[sorted.length >> 1] ?? 0
}

/** Share of repaired raw samples in the window at second `startS`. */
export function repairedShare(
  { repairedCount, repairedPerSecond, samplingRateHz }: Omit<PreparedChannel, 'samplesUv'>,
  startS: number,
): number {
  if (repairedCount === 0) return 0
  const window = repairedPerSecond.subarray(startS, startS + WINDOW_S)
  return window.reduce((sum, one) => sum + one, 0) / (WINDOW_S * samplingRateHz)
}

/** Subtracts the median of the first second: a single odd sample must not set the level. */
function withoutOffset(samples: Float64Array): Float64Array {
  const first = samples.slice(0, ANALYSIS_RATE_HZ).sort()
  const level = first[first.length >> 1] ?? 0
  for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] as number) - level
  return samples
}

/** Common average reference. */
export function subtractAverage(channels: readonly Float64Array[]): void {
  const mean = new Float64Array(channels[0]?.length ?? 0)
  for (const samples of channels) {
    for (let at = 0; at < mean.length; at++) {
      mean[at] = (mean[at] as number) + (samples[at] as number) / channels.length
    }
  }
  for (const samples of channels) {
    for (let at = 0; at < mean.length; at++) {
      samples[at] = (samples[at] as number) - (mean[at] as number)
    }
  }
}
