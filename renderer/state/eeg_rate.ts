/** The sampling rate that goes with an EEG file: the reading of what was typed. Pure. */
import { EEG_RATE_HZ } from '../../protocol/eeg_rate.ts'

/** null: left empty. undefined: no rate that the backend takes. */
export function eegRateOf(typed: string): number | null | undefined {
  if (typed.trim() === '') return null
  const rate = Number(typed.trim().replace(',', '.'))
  return rate >= EEG_RATE_HZ.min && rate <= EEG_RATE_HZ.max ? rate : undefined
}
