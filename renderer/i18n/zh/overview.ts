/** Simplified Chinese words of the namespace `overview`. */
import type { overview as english } from '../en/overview.ts'
import type { Translated } from '../translated.ts'

export const overview: Translated<typeof english> = {}
