// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { aBackend, aPlane, aSample, TEST_EPOCH } from '../../testing/views.ts'
import { answered, isWanted, moved } from './pending_switches.ts'
import {
  initialPanelState,
  NOTICES_MAX,
  reduceNotice,
  reduceSample,
  reduceSnapshot,
  type PanelState,
} from './panel_store.ts'

const start = initialPanelState(TEST_EPOCH)
const snapshotOf = (...backends: ReturnType<typeof aBackend>[]) => ({
  gpus: null,
  plane: aPlane(),
  backends,
})
const after = (state: PanelState, change: Partial<PanelState>): PanelState => ({
  ...state,
  ...change,
})

describe('a snapshot', () => {
  test('replaces the one before it', () => {
    const state = after(start, reduceSnapshot(start, snapshotOf(aBackend({ state: 'loading' }))))
    expect(state.snapshot?.backends[0]?.state).toBe('loading')
  })

  test('adds a change for each backend whose state differs, and none for the others', () => {
    const first = snapshotOf(aBackend(), aBackend({ name: 'eeg' }))
    const second = snapshotOf(aBackend({ state: 'degraded' }), aBackend({ name: 'eeg' }))
    const before = after(start, reduceSnapshot(start, first))
    const changes = reduceSnapshot(before, second).changes ?? []
    expect(changes.map((change) => [change.backend, change.state])).toEqual([
      ['emotion', 'ready'],
      ['eeg', 'ready'],
      ['emotion', 'degraded'],
    ])
  })

  test('lets go of the samples of backends that left the configuration', () => {
    const before = after(start, reduceSample(start, 'gone', aSample()))
    expect(reduceSnapshot(before, snapshotOf(aBackend())).samples).toEqual({})
  })
})

describe('a moved switch', () => {
  const off = aBackend({ state: 'disabled', wanted: false })
  const waiting = after(start, { switches: moved({}, 'emotion', true) })

  test('shows the wanted state immediately', () => {
    expect(isWanted(off, waiting.switches)).toBe(true)
  })
  test('stays while a snapshot still shows the previous state', () => {
    expect(reduceSnapshot(waiting, snapshotOf(off)).switches).toEqual(waiting.switches)
  })
  test('is forgotten once a snapshot confirms it', () => {
    expect(reduceSnapshot(waiting, snapshotOf(aBackend())).switches).toEqual({})
  })
  test('falls back when the call was answered and the snapshot differs', () => {
    const done = after(waiting, { switches: answered(waiting.switches, 'emotion') })
    expect(isWanted(off, reduceSnapshot(done, snapshotOf(off)).switches ?? {})).toBe(false)
  })
})

describe('notices', () => {
  test('repeats merge into one with a count', () => {
    const notice = { title: 'not started', text: 'why' }
    const once = after(start, reduceNotice(start, notice))
    expect(reduceNotice(once, notice).notices).toMatchObject([{ times: 2 }])
  })
  test('crashes of one backend merge although they ended in different ways', () => {
    const notice = { title: 'eeg crashed', crashOf: 'eeg' }
    const once = after(start, reduceNotice(start, { ...notice, text: 'exit code 1' }))
    const twice = reduceNotice(once, { ...notice, text: 'signal 9' })
    expect(twice.notices).toMatchObject([{ times: 2, text: 'signal 9' }])
  })
  test('other notices with another text stay apart', () => {
    const once = after(start, reduceNotice(start, { title: 'not started', text: 'one reason' }))
    const twice = reduceNotice(once, { title: 'not started', text: 'another' })
    expect(twice.notices).toHaveLength(2)
  })
  test('the oldest makes room for a new one', () => {
    let state = start
    for (let index = 0; index <= NOTICES_MAX; index++) {
      state = after(state, reduceNotice(state, { title: `notice ${index}`, text: 'why' }))
    }
    expect(state.notices).toHaveLength(NOTICES_MAX)
    expect(state.notices[0]?.title).toBe('notice 1')
  })
})
