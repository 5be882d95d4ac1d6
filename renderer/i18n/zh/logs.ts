/** Simplified Chinese words of the namespace `logs`. */
import type { logs as english } from '../en/logs.ts'
import type { Translated } from '../translated.ts'

export const logs: Translated<typeof english> = {}
