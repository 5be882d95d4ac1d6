import { create } from 'zustand'
import type { BackendView } from '../../protocol/control.ts'
import { isServing } from '../format/backend_text.ts'
import { takesFile, type FileKind } from '../../protocol/file_kind.ts'
import { releasedInputs, type Run, type PlaygroundInput } from './runs.ts'
import { useUi } from './ui_store.ts'

export type Targets = Readonly<Record<FileKind, readonly string[] | null>>

export interface PlaygroundState {
  runs: readonly Run[]
  currentRunId: number | null
  input: PlaygroundInput | null
  targets: Targets
  runWhenReady: string | null
  /** Whose findings are drawn and which one is marked; null: the first with findings. */
  selected: { backend: string; finding: number } | null
  compared: { a: string | null; b: string | null }
  answerTab: AnswerTab
  pane: TestPane
  /** Why the last input was not, or not completely, accepted or sent. */
  problem: string | null
  /** Progress over many files or repetitions; null: none pending. */
  queue: { of: 'files' | 'runs'; done: number; total: number } | null
}

export const TEST_PANES = ['input', 'picture', 'answer'] as const
export type TestPane = (typeof TEST_PANES)[number]

export const ANSWER_TABS = ['result', 'json', 'code', 'load', 'compare', 'golden'] as const
export type AnswerTab = (typeof ANSWER_TABS)[number]

export const usePlayground = create<PlaygroundState>()(() => ({
  runs: [],
  currentRunId: null,
  input: null,
  targets: useUi.getState().targets,
  runWhenReady: null,
  selected: null,
  compared: { a: null, b: null },
  answerTab: 'result',
  pane: 'input',
  problem: null,
  queue: null,
}))

usePlayground.subscribe((after, before) => {
  if (after.runs === before.runs && after.input === before.input) return
  for (const input of releasedInputs(inputsOf(before), inputsOf(after))) {
    URL.revokeObjectURL(input.url)
  }
})

export function currentRun(state: PlaygroundState): Run | null {
  return state.runs.find((run) => run.id === state.currentRunId) ?? null
}

export function stageInput(state: PlaygroundState): PlaygroundInput | null {
  return currentRun(state)?.input ?? state.input
}

export function stageKind(state: PlaygroundState): FileKind {
  return stageInput(state)?.kind ?? 'image'
}

/** The user's choice as far as it exists; otherwise all ready ones; otherwise the first, so that it can be started. */
export function chosenTargets(
  targets: Targets,
  kind: FileKind,
  backends: readonly BackendView[],
): readonly string[] {
  const own = targets[kind]
  const names = backends.map((backend) => backend.name)
  // An empty choice is valid; one whose backends were all removed is not.
  if (own !== null && (own.length === 0 || own.some((name) => names.includes(name)))) return own
  const fitting = backends.filter((backend) => takesFile(backend.descriptor, kind))
  const ready = fitting.filter(isServing)
  return (ready.length > 0 ? ready : fitting.slice(0, 1)).map((backend) => backend.name)
}

/** Backends that a run goes to now. */
export function readyTargets(
  targets: Targets,
  kind: FileKind,
  backends: readonly BackendView[],
): readonly string[] {
  const chosen = chosenTargets(targets, kind, backends)
  return backends
    .filter((backend) => chosen.includes(backend.name) && isServing(backend))
    .map((backend) => backend.name)
}

/** From a drop on a row or its Test button: for this window only. */
export function aimAt(kind: FileKind, name: string): void {
  usePlayground.setState((state) => ({ targets: { ...state.targets, [kind]: [name] } }))
}

export function chooseTargets(kind: FileKind, names: readonly string[]): void {
  usePlayground.setState((state) => ({ targets: { ...state.targets, [kind]: names } }))
  useUi.setState((state) => ({ targets: { ...state.targets, [kind]: [...names] } }))
}

export function removeRuns(ids: readonly number[]): () => void {
  const removed = usePlayground.getState().runs.filter(({ id }) => ids.includes(id))
  usePlayground.setState((state) => ({
    runs: state.runs.filter(({ id }) => !ids.includes(id)),
    currentRunId: ids.includes(state.currentRunId ?? -1) ? null : state.currentRunId,
  }))
  return () => {
    // Their object URLs were revoked.
    const back = removed.map((run) => ({
      ...run,
      input: { ...run.input, url: URL.createObjectURL(run.input.file) },
    }))
    usePlayground.setState((state) => ({
      runs: [...state.runs, ...back].toSorted((left, right) => right.id - left.id),
    }))
  }
}

function inputsOf(state: PlaygroundState): readonly PlaygroundInput[] {
  const shown = state.runs.map((run) => run.input)
  return state.input ? [...shown, state.input] : shown
}
