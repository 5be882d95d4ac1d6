/** Simplified Chinese words of the namespace `wizard`. */
import type { wizard as english } from '../en/wizard.ts'
import type { Translated } from '../translated.ts'

export const wizard: Translated<typeof english> = {}
