/** How good the signal of a channel is, for people who must fix an electrode. */
import type { PreparedChannel } from './prepare.ts'
import { ARTEFACT_REASONS, goodShare, type ArtefactReason } from './windows.ts'

export const MAINS_HZ = [50, 60] as const
export type MainsUv = Record<(typeof MAINS_HZ)[number], number | null>

export interface ChannelQuality {
  /** `good` from 80 % good windows, `fair` from 50 %, else `bad`: a bad channel is set aside while a better one exists. */
  level: 'good' | 'fair' | 'bad'
  good_window_share: number
  /** Artefact windows by reason. */
  artefacts: Record<ArtefactReason, number>
  repaired_samples: number
  /** Standard deviation of the filtered signal. */
  std_uv: number
  /** Effective amplitude at 50 and 60 Hz before any filter; null where the sampling rate does not reach it. */
  mains_uv: MainsUv
}

const GOOD_SHARE = 0.8
const FAIR_SHARE = 0.5

export function qualityOf(
  channel: Omit<PreparedChannel, 'samplesUv'>,
  filteredUv: Float64Array,
  reasons: readonly (ArtefactReason | null)[],
): ChannelQuality {
  const share = goodShare(reasons)
  return {
    level: share >= GOOD_SHARE ? 'good' : share >= FAIR_SHARE ? 'fair' : 'bad',
    good_window_share: share,
    artefacts: Object.fromEntries(
      ARTEFACT_REASONS.map((reason) => [reason, reasons.filter((one) => one === reason).length]),
    ) as ChannelQuality['artefacts'],
    repaired_samples: channel.repairedCount,
    std_uv: standardDeviation(filteredUv),
    mains_uv: channel.mainsUv,
  }
}

/** Measures one frequency in a signal that comes in pieces of whole seconds; only the last piece may end within one. */
export interface AmplitudeMeter {
  add(samples: Float64Array): void
  /** Null when the rate does not reach the frequency, or there was no whole second. */
  value(): number | null
}

/**
 * Effective amplitude of one frequency: the mean power of Hann-windowed seconds at it. Noise in the 1.5 Hz around the
 * frequency counts too.
 */
export function amplitudeMeter(hz: number, rateHz: number): AmplitudeMeter {
  if (hz >= (rateHz / 2) * 0.95) return { add: () => undefined, value: () => null }
  const length = Math.round(rateHz)
  const window = Float64Array.from(
    { length },
    (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / length),
  )
  const cos = window.map((w, at) => w * Math.cos((2 * Math.PI * hz * at) / rateHz))
  const sin = window.map((w, at) => w * Math.sin((2 * Math.PI * hz * at) / rateHz))
  const gain = window.reduce((sum, w) => sum + w, 0)
  let power = 0
  let blocks = 0
  return {
    add(samples) {
      for (let start = 0; start + length <= samples.length; start += length, blocks++) {
        // Electrodes have offsets of millivolts, which reach every frequency through rounding alone.
        const offset = samples[start] as number
        let re = 0
        let im = 0
        for (let at = 0; at < length; at++) {
          const value = (samples[start + at] as number) - offset
          re += value * (cos[at] as number)
          im += value * (sin[at] as number)
        }
        power += (2 * (re * re + im * im)) / (gain * gain)
      }
    },
    value: () => (blocks === 0 ? null : Math.sqrt(power / blocks)),
  }
}

function standardDeviation(values: Float64Array): number {
  if (values.length === 0) return 0
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / values.length)
}
