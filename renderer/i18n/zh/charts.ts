export const charts = {
  now: '现在',
  minutes_ago: '−{{count}} 分钟',
}
