/** What the control plane says, as the panel last heard it. Written by session.ts alone; components select. */
import { replaceEqualDeep } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { create } from 'zustand'
import type { BackendView, Sample, Snapshot } from '../../protocol/control.ts'
import type { ConnectionStatus } from '../../client/control_client.ts'
import { afterSnapshot, type PendingSwitches } from './pending_switches.ts'
import { withHistory, withSample } from './sample_ring.ts'
import { withChanges, type StateChange } from './state_changes.ts'

export const NOTICES_MAX = 3

/** Bottom right: a failure until it is closed, what was done for a few seconds. */
export interface Notice extends NewNotice {
  id: number
  times: number
}

export interface NewNotice {
  title: string
  /** Empty when the title says it all. */
  text: string
  /** It was done as asked; otherwise it is a failure. */
  isDone?: boolean
  /** Takes back what was done. */
  undo?: () => void
  /** It ended by itself, and its crash card says more. */
  crashOf?: string
}

export interface PanelState {
  connection: ConnectionStatus
  /** False while the page is in a hidden tab or window: nothing is pushed to it then, and it asks for nothing by itself. */
  isVisible: boolean
  /** The clock of the panel, in steps of a second; it stands still while the control plane is lost. */
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

/** What a snapshot leaves unchanged keeps its identity, so that only rows whose backend changed render. */
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

/** Repeats merge into one notice with a count; of several crashes of one backend it tells the newest. */
export function reduceNotice(state: PanelState, notice: NewNotice): Partial<PanelState> {
  const same = state.notices.find(
    ({ title, text, crashOf }) =>
      title === notice.title && (text === notice.text || crashOf !== undefined),
  )
  // Of what is done the newest counts, with the newest way back.
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

/** Says at the bottom right what was done, with a way back. */
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

/** What `read` makes of the current time. The component renders when that changes, not with each step of the clock. */
export function useNow<T extends string | number | null>(read: (nowMs: number) => T): T {
  return useSyncExternalStore(onClockStep, () => read(usePanel.getState().nowMs))
}

/** Not with each push, of which there may be dozens a second. */
const onClockStep = (listener: () => void) =>
  usePanel.subscribe((after, before) => {
    if (after.nowMs !== before.nowMs) listener()
  })

/** Noon of the day: what a clock time is compared with to know whether it needs a date. */
export const useToday = () => useNow((nowMs) => new Date(nowMs).setHours(12, 0, 0, 0))

const NO_BACKENDS: readonly BackendView[] = []
export function backendsOf(state: PanelState): readonly BackendView[] {
  return state.snapshot?.backends ?? NO_BACKENDS
}

/** Connected, and somebody may be looking. */
export function isWatching(state: PanelState): boolean {
  return isConnected(state) && state.isVisible
}

/** Figures are live and switches work. */
export function isConnected(state: PanelState): boolean {
  return state.connection.phase === 'open'
}
