import type { charts as english } from '../en/charts.ts'
import type { Translated } from '../translated.ts'

export const charts: Translated<typeof english> = {
  now: '现在',
  minutes_ago: '−{{count}} 分钟',
}
