/** English words of the namespace `words`. */
export const words = {}
