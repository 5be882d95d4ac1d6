/** English words of the namespace `events`. */
export const events = {}
