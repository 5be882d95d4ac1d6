export const charts = {
  now: 'now',
  minutes_ago: '−{{count}} min',
} as const
