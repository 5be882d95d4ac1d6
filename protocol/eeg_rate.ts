/** Samples per second of EEG recordings: the bounds, and what is assumed where nothing states a rate. */
export const EEG_RATE_HZ = { min: 32, max: 20_000, default: 250 } as const
