/** English words of the namespace `backends`. */
export const backends = {}
