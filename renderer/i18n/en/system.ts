/** English words of the namespace `system`. */
export const system = {}
