/** The sampling rate that goes with an EEG file: its bounds at the backend, and the reading of what was typed. Pure. */
export const EEG_RATE_HZ = { min: 32, max: 2048 } as const

/** null: left empty. undefined: no rate that the backend takes. */
export function eegRateOf(typed: string): number | null | undefined {
  if (typed.trim() === '') return null
  const rate = Number(typed.trim().replace(',', '.'))
  return rate >= EEG_RATE_HZ.min && rate <= EEG_RATE_HZ.max ? rate : undefined
}
