/** Simplified Chinese words of the namespace `load_test`. */
import type { load_test as english } from '../en/load_test.ts'
import type { Translated } from '../translated.ts'

export const load_test: Translated<typeof english> = {}
