/** English words of the namespace `load_test`. */
export const load_test = {}
