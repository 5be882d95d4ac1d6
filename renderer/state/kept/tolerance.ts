/** How far a number may be from the expected one. */
export interface Tolerance {
  /** In the unit of the value. */
  absolute: number
  /** Share of the expected value. */
  relative: number
}

/** Two providers, or two builds of one, agree on these models within this. */
export const DEFAULT_TOLERANCE: Tolerance = { absolute: 0.01, relative: 0.01 }
