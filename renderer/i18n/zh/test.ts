/** Simplified Chinese words of the namespace `test`. */
import type { test as english } from '../en/test.ts'
import type { Translated } from '../translated.ts'

export const test: Translated<typeof english> = {}
