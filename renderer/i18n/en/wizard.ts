/** English words of the namespace `wizard`. */
export const wizard = {}
