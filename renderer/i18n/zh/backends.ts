/** Simplified Chinese words of the namespace `backends`. */
import type { backends as english } from '../en/backends.ts'
import type { Translated } from '../translated.ts'

export const backends: Translated<typeof english> = {}
