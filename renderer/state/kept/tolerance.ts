export interface Tolerance {
  /** In the unit of the value. */
  absolute: number
  /** Share of the expected value. */
  relative: number
}

/** Different providers, or builds of one, agree within this on our models. */
export const DEFAULT_TOLERANCE: Tolerance = { absolute: 0.01, relative: 0.01 }
