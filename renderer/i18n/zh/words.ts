/** Simplified Chinese words of the namespace `words`. */
import type { words as english } from '../en/words.ts'
import type { Translated } from '../translated.ts'

export const words: Translated<typeof english> = {}
