/** English words of the namespace `charts`. */
export const charts = {}
