/** What a request may state about an EEG recording, beside the recording itself. */

/** Samples per second: the bounds, and what is assumed where nothing states a rate. */
export const EEG_RATE_HZ = { min: 32, max: 20_000, default: 250 } as const

/** Units of the values, as requests and replies spell them. */
export const EEG_UNITS = ['uV', 'mV', 'V', 'nV'] as const
export type EegUnit = (typeof EEG_UNITS)[number]
