import { create } from 'zustand'
import type { Outcome } from '../../api/inference_client.ts'
import { failuresOf, type Difference } from '../differences.ts'
import { isServing, stateName } from '../../format/backend_text.ts'
import { backendsOf, usePanel } from '../panel_store.ts'
import type { Exchange, PlaygroundInput } from '../runs.ts'
import type { PlaygroundSender } from '../playground_send.ts'
import type { KeptGolden, TestDatabase } from './database.ts'
import { DEFAULT_TOLERANCE, type Tolerance } from './tolerance.ts'
import { errorText, fieldText } from '../../format/message.ts'
import { t } from '../../i18n/i18n.ts'

export type Check =
  | { phase: 'busy' }
  | { phase: 'passed'; atMs: number; roundTripMs: number }
  | { phase: 'failed'; atMs: number; failures: readonly Difference[] }
  | { phase: 'broken'; atMs: number; message: string }

interface GoldenState {
  goldens: readonly KeptGolden[]
  checks: Readonly<Record<string, Check>>
}

export const useGoldens = create<GoldenState>()(() => ({ goldens: [], checks: {} }))

/** Restores stored results and writes each change. Resolves to a stop function. */
export async function keepGoldens(
  database: TestDatabase,
  onProblem: (sentence: string) => void,
): Promise<() => void> {
  const kept = await database.getAll('goldens')
  useGoldens.setState(({ goldens }) => ({
    goldens: [...kept, ...goldens].toSorted((left, right) => left.madeAtMs - right.madeAtMs),
  }))
  const attempt = (work: Promise<unknown>) => {
    work.catch((error: unknown) => onProblem(errorText(error)))
  }
  return useGoldens.subscribe((after, before) => {
    if (after.goldens === before.goldens) return
    for (const golden of after.goldens) {
      if (!before.goldens.includes(golden)) attempt(database.put('goldens', golden))
    }
    const ids = new Set(after.goldens.map(({ id }) => id))
    for (const { id } of before.goldens) {
      if (!ids.has(id)) attempt(database.delete('goldens', id))
    }
  })
}

/** Stores the reply as the expectation for this input. Ignores failures. */
export function keepAsGolden(exchange: Exchange, input: PlaygroundInput): void {
  const { outcome, backend } = exchange
  if (outcome.phase !== 'answered' || outcome.reply === null) return
  const golden: KeptGolden = {
    id: crypto.randomUUID(),
    name: input.name,
    backend,
    kind: input.kind,
    file: input.file,
    expected: outcome.reply.data,
    tolerance: DEFAULT_TOLERANCE,
    madeAtMs: Date.now(),
  }
  addGoldens([golden])
}

export function addGoldens(added: readonly KeptGolden[]): void {
  useGoldens.setState(({ goldens }) => ({
    goldens: [...goldens.filter(({ id }) => !added.some((one) => one.id === id)), ...added],
  }))
}

export function removeGolden(golden: KeptGolden): () => void {
  useGoldens.setState(({ goldens }) => ({ goldens: goldens.filter((one) => one !== golden) }))
  return () => addGoldens([golden])
}

/** The last check used another tolerance, so it is dropped. */
export function setTolerance(golden: KeptGolden, tolerance: Tolerance): void {
  useGoldens.setState(({ goldens, checks: { [golden.id]: _gone, ...checks } }) => ({
    goldens: goldens.map((one) => (one === golden ? { ...golden, tolerance } : one)),
    checks,
  }))
}

/** One after the other, so that they are not batched. */
export async function checkGoldens(
  sender: PlaygroundSender,
  goldens: readonly KeptGolden[] = useGoldens.getState().goldens,
): Promise<void> {
  for (const { id } of goldens) noteCheck(id, { phase: 'busy' })
  for (const golden of goldens) noteCheck(golden.id, await checkOf(sender, golden))
}

async function checkOf(sender: PlaygroundSender, golden: KeptGolden): Promise<Check> {
  const backend = backendsOf(usePanel.getState()).find(({ name }) => name === golden.backend)
  const atMs = Date.now()
  if (backend === undefined || !isServing(backend)) {
    const state = backend === undefined ? t('words:not_known') : stateName(backend.state)
    const message = t('test:golden.not_serving', { backend: golden.backend, state })
    return { phase: 'broken', atMs, message }
  }
  return judged(await sender.ask(golden.backend, golden), golden, atMs)
}

function judged(outcome: Outcome, { expected, tolerance }: KeptGolden, atMs: number): Check {
  switch (outcome.phase) {
    case 'broken':
      return { phase: 'broken', atMs, message: fieldText(outcome, 'message') }
    case 'refused':
      return { phase: 'broken', atMs, message: fieldText(outcome.reply, 'error') }
    case 'answered': {
      const failures = failuresOf(expected, outcome.reply?.data, tolerance)
      return failures.length === 0
        ? { phase: 'passed', atMs, roundTripMs: outcome.roundTripMs }
        : { phase: 'failed', atMs, failures }
    }
  }
}

function noteCheck(id: string, check: Check): void {
  useGoldens.setState(({ checks }) => ({ checks: { ...checks, [id]: check } }))
}
