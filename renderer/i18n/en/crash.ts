/** English words of the namespace `crash`. */
export const crash = {}
