import { describe, expect, it } from 'vitest'
import { pongSchema } from '../protocol/backend.ts'
import type { BackendState } from '../protocol/control.ts'
import { healthOf, readinessOf } from './backend_health.ts'
import { FakeTarget } from './testing/fakes.ts'

it('the pong of the running process, under the backend’s name', () => {
  const target = new FakeTarget('emotion')
  target.pong = { type: 'pong', status: 'healthy', backend: 'model-x', pid: 7 }
  expect(healthOf({ name: 'emotion', targets: [target] })).toEqual({
    ...target.pong,
    backend: 'emotion',
  })
})

it.each([
  ['disabled', null, 'unhealthy', 'disabled'],
  ['loading', 'warm-up 2 of 4', 'loading', 'loading: warm-up 2 of 4'],
  ['backoff', 'exit code 1', 'unhealthy', 'backoff: exit code 1'],
  ['ready', null, 'healthy', 'ready'],
] as const)('without a pong, the state: %s', (state, detail, status, said) => {
  const target = Object.assign(new FakeTarget('emotion'), { state, detail })
  expect(healthOf({ name: 'emotion', targets: [target] })).toEqual({
    type: 'pong',
    status,
    backend: 'emotion',
    model_loaded: state === 'ready',
    detail: said,
  })
})

it.each([
  ['degraded', 'No answer to health checks for 9 s', 'degraded'],
  ['busy', 'Busy 9 s; 1 request in flight', 'healthy'],
] as const)('an old pong does not hide what the supervisor knows: %s', (state, detail, status) => {
  const target = Object.assign(new FakeTarget('emotion'), { state, detail })
  target.pong = { type: 'pong', status: 'healthy', provider: 'CPU', detail: 'old' }
  expect(healthOf({ name: 'emotion', targets: [target] })).toMatchObject({
    status,
    provider: 'CPU',
    model_loaded: true,
    detail: `${state}: ${detail}`,
  })
})

it('of several the best, and a list of all', () => {
  const states = ['backoff', 'degraded', 'loading'] as const
  const targets = states.map((state, index) =>
    Object.assign(new FakeTarget(`emotion-${index + 1}`), { state }),
  )
  const health = healthOf({ name: 'emotion', targets })
  expect(health).toMatchObject({ status: 'degraded', model_loaded: true })
  expect(health.replicas).toEqual([
    { id: 'emotion-1', state: 'backoff' },
    { id: 'emotion-2', state: 'degraded' },
    { id: 'emotion-3', state: 'loading' },
  ])
  expect(pongSchema.safeParse(health).success).toBe(true)
})

it('a backend without a process is unhealthy', () => {
  expect(healthOf({ name: 'emotion', targets: [] })).toMatchObject({ status: 'unhealthy' })
})

describe('readinessOf', () => {
  const backend = (name: string, state: BackendState, enabled: boolean) => {
    const target = new FakeTarget(name, { enabled })
    target.state = state
    return { name, targets: [target] }
  }
  const all = [
    backend('a', 'ready', true),
    backend('b', 'failed', true),
    backend('c', 'disabled', false),
  ]

  it('asks for every enabled backend, and lists them with their states', () => {
    expect(readinessOf(all, null)).toEqual({
      is_ready: false,
      backends: [
        { name: 'a', state: 'ready', is_serving: true },
        { name: 'b', state: 'failed', is_serving: false },
      ],
    })
    expect(readinessOf(all.slice(0, 1), null)?.is_ready).toBe(true)
  })

  it('asks for the named one, enabled or not, and knows no other', () => {
    expect(readinessOf(all, 'a')?.is_ready).toBe(true)
    expect(readinessOf(all, 'c')).toMatchObject({ is_ready: false })
    expect(readinessOf(all, 'd')).toBeNull()
  })
})
