/** English words of the namespace `settings`. */
export const settings = {}
