/** Simplified Chinese words of the namespace `crash`. */
import type { crash as english } from '../en/crash.ts'
import type { Translated } from '../translated.ts'

export const crash: Translated<typeof english> = {}
