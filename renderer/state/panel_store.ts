import { replaceEqualDeep } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { create } from 'zustand'
import type { BackendView, Sample, Snapshot } from '../../protocol/control.ts'
import type { ConnectionStatus } from '../../client/control_client.ts'
import { afterSnapshot, type PendingSwitches } from './pending_switches.ts'
import { withHistory, withSample } from './sample_ring.ts'
import { withChanges, type StateChange } from './state_changes.ts'

export const NOTICES_MAX = 3

export interface Notice extends NewNotice {
  id: number
  times: number
}

export interface NewNotice {
  title: string
  text: string
  isDone?: boolean
  undo?: () => void
  crashOf?: string
}

export interface PanelState {
  connection: ConnectionStatus
  /** False in a hidden tab or window: nothing is pushed, and nothing is requested automatically. */
  isVisible: boolean
  /** Clock of the panel in steps of one second; stopped while disconnected. */
  nowMs: number
  snapshot: Snapshot | null
  samples: Readonly<Record<string, readonly Sample[]>>
  switches: PendingSwitches
  changes: readonly StateChange[]
  notices: readonly Notice[]
}

export function initialPanelState(nowMs: number): PanelState {
  return {
    connection: { phase: 'connecting' },
    isVisible: true,
    nowMs,
    snapshot: null,
    samples: {},
    switches: {},
    changes: [],
    notices: [],
  }
}

export const usePanel = create<PanelState>()(() => initialPanelState(Date.now()))

/** Unchanged parts keep their identity, so that only rows of changed backends render. */
export function reduceSnapshot(state: PanelState, pushed: Snapshot): Partial<PanelState> {
  const snapshot = replaceEqualDeep(state.snapshot, pushed)
  const names = new Set(snapshot.backends.map((backend) => backend.name))
  const gone = Object.keys(state.samples).some((name) => !names.has(name))
  return {
    snapshot,
    switches: afterSnapshot(state.switches, snapshot),
    changes: withChanges(state.changes, state.snapshot, snapshot),
    ...(gone && {
      samples: Object.fromEntries(
        Object.entries(state.samples).filter(([name]) => names.has(name)),
      ),
    }),
  }
}

export function reduceSample(state: PanelState, name: string, sample: Sample): Partial<PanelState> {
  const samples = withSample(state.samples[name] ?? [], sample)
  return { samples: { ...state.samples, [name]: samples } }
}

export function reduceHistory(
  state: PanelState,
  name: string,
  history: readonly Sample[],
): Partial<PanelState> {
  const samples = withHistory(state.samples[name] ?? [], history)
  return { samples: { ...state.samples, [name]: samples } }
}

/** Merges repeats into one notification with a count; of several crashes of one backend the newest counts. */
export function reduceNotice(state: PanelState, notice: NewNotice): Partial<PanelState> {
  const same = state.notices.find(
    ({ title, text, crashOf }) =>
      title === notice.title && (text === notice.text || crashOf !== undefined),
  )
  // A newer confirmation replaces the older one.
  if (same?.isDone === true) return withNotice(dropped(state, same.id), notice)
  if (same) {
    const merged = { ...same, ...notice, times: same.times + 1 }
    return { notices: state.notices.map((one) => (one === same ? merged : one)) }
  }
  return withNotice(state.notices, notice)
}

function withNotice(notices: readonly Notice[], notice: NewNotice): Partial<PanelState> {
  const id = (notices.at(-1)?.id ?? 0) + 1
  return { notices: [...notices, { ...notice, id, times: 1 }].slice(-NOTICES_MAX) }
}

const dropped = ({ notices }: PanelState, id: number) => notices.filter((one) => one.id !== id)

/** Shows a confirmation with an undo action. */
export function noteDone(title: string, undo?: () => void): void {
  usePanel.setState((state) =>
    reduceNotice(state, { title, text: '', isDone: true, ...(undo && { undo }) }),
  )
}

export function noteFailure(title: string, text: string): void {
  usePanel.setState((state) => reduceNotice(state, { title, text }))
}

export function closeNotice(id: number): void {
  usePanel.setState((state) => ({ notices: dropped(state, id) }))
}

const NO_SAMPLES: readonly Sample[] = []
export function samplesOf(state: PanelState, name: string): readonly Sample[] {
  return state.samples[name] ?? NO_SAMPLES
}

/** Renders only when the result of `read` changes, not on each step of the clock. */
export function useNow<T extends string | number | null>(read: (nowMs: number) => T): T {
  return useSyncExternalStore(onClockStep, () => read(usePanel.getState().nowMs))
}

/** Not on each push, of which there may be dozens a second. */
const onClockStep = (listener: () => void) =>
  usePanel.subscribe((after, before) => {
    if (after.nowMs !== before.nowMs) listener()
  })

/** Noon of the current day: decides whether a clock time needs a date. */
export const useToday = () => useNow((nowMs) => new Date(nowMs).setHours(12, 0, 0, 0))

const NO_BACKENDS: readonly BackendView[] = []
export function backendsOf(state: PanelState): readonly BackendView[] {
  return state.snapshot?.backends ?? NO_BACKENDS
}

export function isWatching(state: PanelState): boolean {
  return isConnected(state) && state.isVisible
}

/** Values are live and switches work. */
export function isConnected(state: PanelState): boolean {
  return state.connection.phase === 'open'
}
