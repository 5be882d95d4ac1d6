/** What a request may state about an EEG recording. */

/** Samples per second: the limits, and the default if no source states a rate. */
export const EEG_RATE_HZ = { min: 32, max: 20_000, default: 250 } as const

export const EEG_UNITS = ['uV', 'mV', 'V', 'nV'] as const
export type EegUnit = (typeof EEG_UNITS)[number]
