/** Simplified Chinese words of the namespace `system`. */
import type { system as english } from '../en/system.ts'
import type { Translated } from '../translated.ts'

export const system: Translated<typeof english> = {}
