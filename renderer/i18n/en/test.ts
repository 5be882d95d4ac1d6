/** English words of the namespace `test`. */
export const test = {}
