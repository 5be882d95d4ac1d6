/** English words of the namespace `model`. */
export const model = {}
