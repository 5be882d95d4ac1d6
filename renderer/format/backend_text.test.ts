import { describe, expect, test } from 'vitest'
import { aBackend } from '../../testing/views.ts'
import {
  backendAddress,
  processLine,
  progressShare,
  providerName,
  stateDetail,
  stateLabel,
  warningText,
} from './backend_text.ts'

const now = new Date(2026, 0, 31, 14, 0, 0).getTime()

describe('the second line adds what the state does not show', () => {
  test('backoff counts down to the next try', () => {
    const backend = aBackend({
      state: 'backoff',
      attempt: 3,
      max_attempts: 10,
      retry_at: now + 12_000,
    })
    expect(stateDetail(backend, now)).toBe('try 3 of 10 in 12 s')
  })
  test('a disabled backend shows since when it is off', () => {
    expect(stateDetail(aBackend({ state: 'disabled', since: now }), now)).toBe('off since 14:00')
  })
  test('a stopping backend shows how many requests it finishes', () => {
    const backend = aBackend({ state: 'stopping', in_flight: 5 })
    expect(stateDetail(backend, now)).toBe('finishing 5')
  })
  test('counts what a ready model leaves open', () => {
    const warning = { code: 'classes_unverified', message: 'no labels are set' }
    const words = (count: number) =>
      warningText(aBackend({ state: 'ready', warnings: Array(count).fill(warning) }))
    expect([0, 1, 2].map(words)).toEqual(['', '1 model warning', '2 model warnings'])
    expect(warningText(aBackend({ state: 'failed', warnings: [warning] }))).toBe('')
  })
  test('a failed backend gives the reason', () => {
    const backend = aBackend({ state: 'failed', detail: 'port 8767 is taken' })
    expect(stateDetail(backend, now)).toBe('port 8767 is taken')
  })
})

test('a busy backend shows for how long it has not answered', () => {
  const busy = aBackend({ state: 'busy', silent_since: now - 9000 })
  expect(stateLabel(busy, now)).toBe('Busy 9 s')
  expect(stateDetail(busy, now)).toBe('running requests; not answering health checks')
  expect(stateLabel(aBackend({ state: 'busy', silent_since: null }), now)).toBe('Busy')
  // It missed only one health check.
  expect(stateLabel(aBackend({ state: 'ready', silent_since: now }), now)).toBe('Ready')
})

test('an unreachable backend gives the reason', () => {
  const backend = aBackend({ state: 'unreachable', detail: 'nothing listens at lab:8773' })
  expect(stateDetail(backend, now)).toBe('nothing listens at lab:8773')
})

test('the process line is empty without a process', () => {
  expect(processLine(aBackend({ pid: null }), now)).toBe('')
  expect(processLine(aBackend({ pid: 41, started_at: now - 6000 }), now)).toBe('41 · 6 s')
})

test('progress is read from the detail, and unknown when it has none', () => {
  expect(progressShare('warm-up 2 of 4')).toBe(0.5)
  expect(progressShare('reading the model')).toBeNull()
  expect(progressShare(null)).toBeNull()
})

test('a provider has its usual name, an unknown one its own', () => {
  expect(providerName('cpu')).toBe('CPU')
  expect(providerName('rknpu')).toBe('rknpu')
})

test('an IPv6 host is bracketed', () => {
  expect(backendAddress({ host: '::1', port: 8768 })).toBe('ws://[::1]:8768')
})
