/** English words of the namespace `palette`. */
export const palette = {}
