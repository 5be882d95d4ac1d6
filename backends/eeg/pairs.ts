/** Pair features: difference, coherence, and alpha balance. */
import type { BandName, SpectrumAnalyser } from './dsp_spectrum.ts'
import {
  alphaAsymmetry,
  coherenceOf,
  featuresOf,
  spectraOf,
  type ChannelFeatures,
} from './features.ts'
import { FRONTAL_PAIRS, HOMOLOGOUS_PAIRS } from './montage.ts'
import type { EegResult } from './result.ts'

export interface PairChannel {
  name: string
  filteredUv: Float64Array
  goodStarts: readonly number[]
  reached: readonly BandName[]
  features: ChannelFeatures | null
}

/** Features of Fp1 minus Fp2 if both exist. */
export function deriveChannels(
  channels: readonly PairChannel[],
  analyser: SpectrumAnalyser,
): EegResult['derivations'] {
  const pair = pairOf(channels, 'Fp1', 'Fp2')
  if (pair === null) return []
  const [left, right] = pair
  const difference = left.filteredUv.map((value, at) => value - (right.filteredUv[at] as number))
  const starts = sharedStarts(pair)
  const reached = sharedBands(pair)
  const { spectrum } = spectraOf(difference, starts, { analyser, reached })
  const features = featuresOf(difference, spectrum, starts, reached)
  return features === null ? [] : [{ name: 'Fp1-Fp2', ...features }]
}

export function comparePairs(
  channels: readonly PairChannel[],
  analyser: SpectrumAnalyser,
): EegResult['pairs'] {
  return HOMOLOGOUS_PAIRS.flatMap(([leftName, rightName]) => {
    const pair = pairOf(channels, leftName, rightName)
    if (pair === null) return []
    const [left, right] = pair
    const starts = sharedStarts(pair)
    if (starts.length === 0 || left.features === null || right.features === null) return []
    const isFrontal = FRONTAL_PAIRS.some(([name]) => name === leftName)
    return [
      {
        left: leftName,
        right: rightName,
        coherence: coherenceOf([left.filteredUv, right.filteredUv], starts, {
          analyser,
          reached: sharedBands(pair),
        }),
        windows: starts.length,
        ...(isFrontal ? { alpha_asymmetry: alphaAsymmetry(left.features, right.features) } : {}),
      },
    ]
  })
}

function pairOf(
  channels: readonly PairChannel[],
  leftName: string,
  rightName: string,
): readonly [PairChannel, PairChannel] | null {
  const left = channels.find(({ name }) => name === leftName)
  const right = channels.find(({ name }) => name === rightName)
  return left === undefined || right === undefined ? null : [left, right]
}

const sharedBands = ([left, right]: readonly [PairChannel, PairChannel]) =>
  left.reached.filter((band) => right.reached.includes(band))

function sharedStarts([left, right]: readonly [PairChannel, PairChannel]): number[] {
  const good = new Set(right.goodStarts)
  return left.goodStarts.filter((start) => good.has(start))
}
