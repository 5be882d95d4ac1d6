/** Eye closure per frame, relative to this person's open eyes. */

/** Minimum open baseline if the eyes never open wider in the window. */
export const EAR_OPEN_MIN = 0.2
/** Share of the open value at which eyes count as shut. An assumption, for lack of closed-eye data. */
export const EAR_CLOSED_SHARE = 0.25
/** P80 of PERCLOS: the lids cover 80 % of the pupil (Wierwille et al. 1994; Dinges & Grace 1998). */
export const CLOSED_FROM = 0.8
/** The 90th percentile is the open value; it ignores blinks and outliers. */
const OPEN_PERCENTILE = 0.9

export interface Baseline {
  earOpen: number
  /** `client`: from the request. `window`: from its frames. `floor`: that was below the minimum. */
  source: 'client' | 'window' | 'floor'
}

/** EAR of open eyes. No absolute threshold: it was measured from 0.15 to 0.39. */
export function baselineOf(ears: readonly number[], fromClient: number | null): Baseline {
  if (fromClient !== null) return { earOpen: fromClient, source: 'client' }
  const sorted = [...ears].sort((a, b) => a - b)
  const rank = Math.max(0, Math.ceil(OPEN_PERCENTILE * sorted.length) - 1)
  const value = sorted[rank] ?? 0
  return value >= EAR_OPEN_MIN
    ? { earOpen: value, source: 'window' }
    : { earOpen: EAR_OPEN_MIN, source: 'floor' }
}

/** 0 = as open as the baseline, 1 = shut: `clamp((E_open - EAR) / (E_open - E_closed), 0, 1)`. */
export function closureOf(ear: number, { earOpen }: Baseline): number {
  const earClosed = EAR_CLOSED_SHARE * earOpen
  return Math.min(1, Math.max(0, (earOpen - ear) / (earOpen - earClosed)))
}

/** Longest run in seconds for frames of `frameS`. A frame without a face ends a run. */
export function longestRunS(holds: readonly (boolean | null)[], frameS: number): number {
  let longest = 0
  let current = 0
  for (const one of holds) {
    current = one === true ? current + 1 : 0
    longest = Math.max(longest, current)
  }
  return longest * frameS
}

/** Share of frames with a face that lie in runs of at least `minimumS`. */
export function shareInRuns(
  holds: readonly (boolean | null)[],
  frameS: number,
  minimumS: number,
): number {
  const valid = holds.filter((one) => one !== null).length
  if (valid === 0) return 0
  let held = 0
  let run = 0
  const endRun = () => {
    // Rounded: 10 frames of 0.1 s are one second, despite floating point.
    if (Math.round(run * frameS * 1000) >= minimumS * 1000) held += run
    run = 0
  }
  for (const one of holds) {
    if (one === true) run++
    else endRun()
  }
  endRun()
  return held / valid
}
