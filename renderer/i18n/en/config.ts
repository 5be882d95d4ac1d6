/** English words of the namespace `config`. */
export const config = {}
