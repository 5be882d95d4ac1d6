/** Simplified Chinese words of the namespace `events`. */
import type { events as english } from '../en/events.ts'
import type { Translated } from '../translated.ts'

export const events: Translated<typeof english> = {}
