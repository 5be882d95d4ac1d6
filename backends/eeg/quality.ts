import type { MainsUv } from './dsp_amplitude.ts'
import type { PreparedChannel } from './prepare.ts'
import { ARTEFACT_REASONS, goodShare, type ArtefactReason } from './windows.ts'

export interface ChannelQuality {
  /** `good` from 80 % good windows, `fair` from 50 %, else `bad`. Bad channels are set aside if a better one exists. */
  level: 'good' | 'fair' | 'bad'
  good_window_share: number
  artefacts: Record<ArtefactReason, number>
  repaired_samples: number
  std_uv: number
  /** Amplitude at 50 and 60 Hz before filtering; null above the sampling rate's reach. */
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

function standardDeviation(values: Float64Array): number {
  if (values.length === 0) return 0
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / values.length)
}
