/** English words of the namespace `shell`. */
export const shell = {}
