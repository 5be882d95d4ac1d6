/** English words of the namespace `overview`. */
export const overview = {}
