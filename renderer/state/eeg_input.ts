import { EEG_RATE_HZ, type EegUnit } from '../../protocol/eeg_input.ts'

export interface EegInput {
  eegRateHz: number | null
  eegUnit: EegUnit | null
  eegChannelNames: readonly string[] | null
}

export type EegKeys = Readonly<Record<string, unknown>>

export function eegKeys({ eegRateHz, eegUnit, eegChannelNames }: EegInput): EegKeys {
  return {
    ...(eegRateHz === null ? {} : { sampling_rate: eegRateHz }),
    ...(eegUnit === null ? {} : { unit: eegUnit }),
    ...(eegChannelNames === null ? {} : { channel_names: eegChannelNames }),
  }
}

/** null: empty. undefined: not a valid rate. */
export function eegRateOf(typed: string): number | null | undefined {
  if (typed.trim() === '') return null
  const rate = Number(typed.trim().replace(',', '.'))
  return rate >= EEG_RATE_HZ.min && rate <= EEG_RATE_HZ.max ? rate : undefined
}

/** Comma-separated names, in half or full width; null if there are none. */
export function channelNamesOf(typed: string): string[] | null {
  const names = typed.split(/[,，;；]/).map((name) => name.trim())
  const named = names.filter((name) => name !== '')
  return named.length === 0 ? null : named
}
