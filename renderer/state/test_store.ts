/** The test bench: the picture on the stage, where it goes, and the runs. test_bench.ts sends. */
import { create } from 'zustand'
import type { BackendView } from '../../protocol/control.ts'
import { isServing } from '../format/backend_words.ts'
import { releasedPictures, type Picture, type Run } from './runs.ts'

export interface TestState {
  /** Newest first. */
  runs: readonly Run[]
  currentRunId: number | null
  /** On the stage while it has no run yet. */
  picture: Picture | null
  /** null: nobody chose, so the first backend that is ready. */
  targets: readonly string[] | null
  /** Run the picture as soon as this backend is ready. */
  runWhenReady: string | null
  selectedFinding: number
}

export const useTest = create<TestState>()(() => ({
  runs: [],
  currentRunId: null,
  picture: null,
  targets: null,
  runWhenReady: null,
  selectedFinding: 0,
}))

useTest.subscribe((after, before) => {
  if (after.runs === before.runs && after.picture === before.picture) return
  for (const picture of releasedPictures(picturesOf(before), picturesOf(after))) {
    URL.revokeObjectURL(picture.url)
  }
})

export function currentRun(state: TestState): Run | null {
  return state.runs.find((run) => run.id === state.currentRunId) ?? null
}

export function stagePicture(state: TestState): Picture | null {
  return currentRun(state)?.picture ?? state.picture
}

/** The backends that are ticked, whether they can answer or not. */
export function chosenTargets(
  targets: readonly string[] | null,
  backends: readonly BackendView[],
): readonly string[] {
  if (targets !== null) return targets
  const first = backends.find(isServing) ?? backends[0]
  return first ? [first.name] : []
}

/** The backends that a run goes to now. */
export function readyTargets(
  targets: readonly string[] | null,
  backends: readonly BackendView[],
): readonly string[] {
  const chosen = chosenTargets(targets, backends)
  return backends
    .filter((backend) => chosen.includes(backend.name) && isServing(backend))
    .map((backend) => backend.name)
}

function picturesOf(state: TestState): readonly Picture[] {
  const shown = state.runs.map((run) => run.picture)
  return state.picture ? [...shown, state.picture] : shown
}
