/** English words of the namespace `logs`. */
export const logs = {}
