/** English words of the namespace `words`: states, durations, and what stands for no figure. */
export const words = {
  state: {
    disabled: 'Disabled',
    starting: 'Starting',
    loading: 'Loading',
    ready: 'Ready',
    degraded: 'Degraded',
    stopping: 'Stopping',
    backoff: 'Backoff',
    failed: 'Failed',
  },
  on_cpu: 'runs on CPU',
  off_since: 'off since {{time}}',
  finishing_one: 'finishing {{count}}',
  finishing_other: 'finishing {{count}}',
  try: 'try {{attempt}} of {{max}}',
  try_in: 'try {{attempt}} of {{max}} in {{seconds}} s',
  seconds: '{{s}} s',
  minutes: '{{m}} m {{s}} s',
  hours: '{{h}} h {{m}} m',
  days: '{{d}} d {{h}} h',
} as const
