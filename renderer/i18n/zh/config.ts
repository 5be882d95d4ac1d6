/** Simplified Chinese words of the namespace `config`. */
import type { config as english } from '../en/config.ts'
import type { Translated } from '../translated.ts'

export const config: Translated<typeof english> = {}
