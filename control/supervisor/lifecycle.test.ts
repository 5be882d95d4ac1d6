/** The table cell by cell, and invariants over random event sequences. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { message, quoted } from '../../protocol/messages.ts'
import {
  BACKOFF_MS_MAX,
  step,
  type Lifecycle,
  type LifecycleEvent,
  type RestartLimits,
} from './lifecycle.ts'

const LIMITS: RestartLimits = { baseMs: 1000, attemptsMax: 3 }
const HALF = () => 0.5
const X = quoted('x')
const KILLED = quoted('signal 9')

const READY: Lifecycle = { phase: 'ready', attempt: 0 }
const BUSY: Lifecycle = { phase: 'busy', attempt: 0 }
const DEGRADED: Lifecycle = { phase: 'degraded', attempt: 0, reason: X }
const UNREACHABLE: Lifecycle = { phase: 'unreachable', attempt: 0, reason: X }
const LATE: LifecycleEvent = { type: 'pong', status: 'healthy', isBusy: true }
const BACKOFF: Lifecycle = { phase: 'backoff', attempt: 2, delayMs: 5, reason: X }
const FAILED: Lifecycle = { phase: 'failed', reason: X }
const STOPPING: Lifecycle = { phase: 'stopping', then: 'disabled', hasExited: false }
const RESTARTING: Lifecycle = { ...STOPPING, then: 'starting' }
const EXITED: LifecycleEvent = { type: 'exited', reason: KILLED }

describe('each event leads to the state of the diagram', () => {
  const cases: [string, Lifecycle, LifecycleEvent, Lifecycle, string[]][] = [
    [
      'switching on starts a process',
      { phase: 'disabled' },
      { type: 'enable' },
      { phase: 'starting', attempt: 0 },
      ['spawn'],
    ],
    [
      'switching on twice starts one process',
      { phase: 'starting', attempt: 1 },
      { type: 'enable' },
      { phase: 'starting', attempt: 1 },
      [],
    ],
    [
      'the first pong of a loading model',
      { phase: 'starting', attempt: 1 },
      { type: 'pong', status: 'loading' },
      { phase: 'loading', attempt: 1 },
      [],
    ],
    [
      'a healthy pong makes it ready',
      { phase: 'loading', attempt: 1 },
      { type: 'pong', status: 'healthy' },
      { phase: 'ready', attempt: 1 },
      [],
    ],
    [
      'a degraded pong is shown',
      READY,
      { type: 'pong', status: 'degraded' },
      { phase: 'degraded', attempt: 0, reason: message('reason.reports', { status: 'degraded' }) },
      [],
    ],
    [
      'a healthy pong ends degraded',
      { phase: 'degraded', attempt: 0, reason: X },
      { type: 'pong', status: 'healthy' },
      READY,
      [],
    ],
    [
      'slow pongs degrade',
      READY,
      { type: 'pong', status: 'healthy', slowMs: 812.4 },
      { phase: 'degraded', attempt: 0, reason: message('reason.slow', { ms: 812 }) },
      [],
    ],
    [
      'a missed pong degrades, with the reason',
      READY,
      { type: 'unanswered', reason: X },
      DEGRADED,
      [],
    ],
    [
      'a miss before the first pong changes nothing',
      { phase: 'starting', attempt: 0 },
      { type: 'unanswered', reason: X },
      { phase: 'starting', attempt: 0 },
      [],
    ],
    ['work on requests is busy, not degraded', DEGRADED, { type: 'busy' }, BUSY, []],
    ['a late pong of one that works is busy too', READY, LATE, BUSY, []],
    ['a pong ends busy', BUSY, { type: 'pong', status: 'healthy' }, READY, []],
    [
      'what cannot be reached is named',
      { phase: 'starting', attempt: 0 },
      { type: 'unreachable', reason: X },
      UNREACHABLE,
      [],
    ],
    [
      'and is ready with its first pong',
      UNREACHABLE,
      { type: 'pong', status: 'healthy' },
      READY,
      [],
    ],
    ['a stop ends the search for it', UNREACHABLE, { type: 'disable' }, STOPPING, ['ask_to_stop']],
    [
      'a crash waits before the next start',
      READY,
      EXITED,
      { phase: 'backoff', attempt: 1, delayMs: 750, reason: KILLED },
      [],
    ],
    [
      'each further crash waits longer',
      { phase: 'loading', attempt: 2 },
      EXITED,
      { phase: 'backoff', attempt: 3, delayMs: 3000, reason: KILLED },
      [],
    ],
    [
      'the last allowed crash gives up with the reason',
      { phase: 'loading', attempt: 3 },
      EXITED,
      { phase: 'failed', reason: message('reason.restarts', { reason: KILLED, count: 3 }) },
      [],
    ],
    [
      'the end of the wait starts again',
      BACKOFF,
      { type: 'retry_due' },
      { phase: 'starting', attempt: 2 },
      ['spawn'],
    ],
    [
      'a click during the wait starts immediately, with a new count',
      BACKOFF,
      { type: 'enable' },
      { phase: 'starting', attempt: 0 },
      ['spawn'],
    ],
    [
      'a click after giving up starts with a new count',
      FAILED,
      { type: 'enable' },
      { phase: 'starting', attempt: 0 },
      ['spawn'],
    ],
    [
      'a stable minute forgets the crashes',
      { phase: 'ready', attempt: 2 },
      { type: 'stable' },
      READY,
      [],
    ],
    ['switching off asks it to stop', READY, { type: 'disable' }, STOPPING, ['ask_to_stop']],
    [
      'switching off during the wait takes effect immediately',
      BACKOFF,
      { type: 'disable' },
      { phase: 'disabled' },
      [],
    ],
    [
      'switching off a failed one takes effect immediately',
      FAILED,
      { type: 'disable' },
      { phase: 'disabled' },
      [],
    ],
    [
      'the exit after a stop is not a crash; its port is awaited',
      STOPPING,
      EXITED,
      { ...STOPPING, hasExited: true },
      ['await_port'],
    ],
    [
      'a free port ends the stop',
      { ...STOPPING, hasExited: true },
      { type: 'port_checked' },
      { phase: 'disabled' },
      [],
    ],
    ['a port is not free before the exit', STOPPING, { type: 'port_checked' }, STOPPING, []],
    [
      'switching on while stopping starts after the exit',
      STOPPING,
      { type: 'enable' },
      RESTARTING,
      [],
    ],
    [
      'and then it does start',
      { ...RESTARTING, hasExited: true },
      { type: 'port_checked' },
      { phase: 'starting', attempt: 0 },
      ['spawn'],
    ],
    ['switching off again takes that back', RESTARTING, { type: 'disable' }, STOPPING, []],
    ['a restart stops first', READY, { type: 'restart' }, RESTARTING, ['ask_to_stop']],
    [
      'a restart of one that is off starts it',
      { phase: 'disabled' },
      { type: 'restart' },
      { phase: 'starting', attempt: 0 },
      ['spawn'],
    ],
    [
      'a pong while stopping does not revive it',
      STOPPING,
      { type: 'pong', status: 'healthy' },
      STOPPING,
      [],
    ],
    [
      'a fault of a living process ends it, and is kept as the reason',
      READY,
      { type: 'fault', reason: X, hasProcess: true },
      { phase: 'stopping', then: { failed: X }, hasExited: false },
      ['kill'],
    ],
    [
      'after which it is failed, not started again',
      { phase: 'stopping', then: { failed: X }, hasExited: true },
      { type: 'port_checked' },
      FAILED,
      [],
    ],
    [
      'a fault before there is a process fails the start',
      { phase: 'starting', attempt: 1 },
      { type: 'fault', reason: X, hasProcess: false },
      FAILED,
      [],
    ],
    [
      'a fault during a stop does not keep it from ending',
      { ...STOPPING, hasExited: true },
      { type: 'fault', reason: X, hasProcess: false },
      { phase: 'disabled' },
      [],
    ],
    [
      'a fault during a restart gives the restart up',
      RESTARTING,
      { type: 'fault', reason: X, hasProcess: true },
      { phase: 'stopping', then: { failed: X }, hasExited: false },
      ['kill'],
    ],
    [
      'a fault while off changes nothing',
      { phase: 'disabled' },
      { type: 'fault', reason: X, hasProcess: false },
      { phase: 'disabled' },
      [],
    ],
    ['an exit while off changes nothing', { phase: 'disabled' }, EXITED, { phase: 'disabled' }, []],
  ]
  it.each(cases)('%s', (_title, state, event, expected, effects) => {
    expect(step(state, event, LIMITS, HALF)).toEqual({ state: expected, effects })
  })
})

it('no restarts are tried when none are allowed', () => {
  const { state } = step(READY, EXITED, { ...LIMITS, attemptsMax: 0 }, HALF)
  expect(state).toEqual({ phase: 'failed', reason: KILLED })
})

const anyEvent: fc.Arbitrary<LifecycleEvent> = fc.oneof(
  fc.constantFrom<LifecycleEvent>(
    { type: 'enable' },
    { type: 'disable' },
    { type: 'restart' },
    { type: 'retry_due' },
    { type: 'stable' },
    { type: 'port_checked' },
    EXITED,
  ),
  fc
    .constantFrom('healthy' as const, 'loading' as const, 'degraded' as const, 'unhealthy' as const)
    .map((status) => ({ type: 'pong' as const, status })),
  fc.boolean().map((hasProcess) => ({ type: 'fault' as const, reason: X, hasProcess })),
  fc.constantFrom<LifecycleEvent>(
    { type: 'unanswered', reason: X },
    { type: 'busy' },
    { type: 'unreachable', reason: X },
    LATE,
  ),
)

it('whatever happens, there is at most one process, and none while off, waiting or failed', () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 60 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (events, chance) => {
        let state: Lifecycle = { phase: 'disabled' }
        let processes = 0
        for (const event of events) {
          // An exit needs a process.
          if (event.type === 'exited') {
            if (processes === 0) continue
            processes--
          }
          if (event.type === 'fault' && event.hasProcess !== processes > 0) continue
          const next = step(state, event, LIMITS, () => chance.next().value as number)
          processes += next.effects.filter((effect) => effect === 'spawn').length
          const before = state
          state = next.state
          const mayRun =
            !['disabled', 'backoff', 'failed'].includes(state.phase) &&
            !(state.phase === 'stopping' && state.hasExited)
          expect(processes).toBe(mayRun ? 1 : 0)
          // A stop ends, and a restart begins, only after the port check.
          if (before.phase === 'stopping' && state.phase !== 'stopping') {
            expect(['port_checked', 'fault']).toContain(event.type)
          }
          if (state.phase === 'backoff') {
            expect(state.delayMs).toBeGreaterThan(0)
            expect(state.delayMs).toBeLessThanOrEqual(BACKOFF_MS_MAX)
            expect(state.attempt).toBeLessThanOrEqual(LIMITS.attemptsMax)
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})
