/** Restores stored runs and writes each new one when its replies are complete. */
import type { Exchange, Run, PlaygroundInput } from '../runs.ts'
import { isBusy } from '../runs.ts'
import { usePlayground } from '../playground_store.ts'
import type { KeptExchange, KeptRun, TestDatabase } from './database.ts'
import { errorText } from '../../format/message.ts'

/** `onProblem` receives, once, why runs are not stored. Resolves to a stop function. */
export async function keepRuns(
  database: TestDatabase,
  onProblem: (sentence: string) => void,
): Promise<() => void> {
  const kept = await database.getAll('runs')
  const inputs = new Map<number, PlaygroundInput>()
  const runs = kept.toSorted((left, right) => right.id - left.id).map((one) => runOf(one, inputs))
  usePlayground.setState((state) => ({ runs: [...state.runs, ...runs] }))
  const known = new Set(runs.map(({ id }) => id))
  let hasFailed = false
  const attempt = (work: Promise<unknown>) => {
    work.catch((error: unknown) => {
      if (!hasFailed) onProblem(errorText(error))
      hasFailed = true
    })
  }
  const update = (now: readonly Run[]) => {
    for (const run of now) {
      if (known.has(run.id) || isBusy(run)) continue
      known.add(run.id)
      attempt(database.put('runs', keptOf(run)))
    }
    const ids = new Set(now.map(({ id }) => id))
    for (const id of known) {
      if (ids.has(id)) continue
      known.delete(id)
      attempt(database.delete('runs', id))
    }
  }
  update(usePlayground.getState().runs)
  return usePlayground.subscribe((after, before) => {
    if (after.runs !== before.runs) update(after.runs)
  })
}

function keptOf({ id, input, exchanges }: Run): KeptRun {
  return {
    id,
    kind: input.kind,
    name: input.name,
    file: input.file,
    inputId: input.id,
    isFrame: input.isFrame === true,
    exchanges: exchanges.flatMap((exchange): KeptExchange[] => {
      const { sent, outcome, ...rest } = exchange
      if (outcome.phase === 'busy') return []
      const own = rest.shrunk === undefined ? {} : { sentFile: sent.file }
      return [{ ...rest, ...own, head: sent.head, tail: sent.tail, outcome }]
    }),
  }
}

function runOf(
  { id, kind, name, file, inputId, isFrame, exchanges }: KeptRun,
  inputs: Map<number, PlaygroundInput>,
): Run {
  const input = inputs.get(inputId) ?? {
    id: inputId,
    kind,
    name,
    file,
    url: URL.createObjectURL(file),
    isFrame,
  }
  inputs.set(inputId, input)
  return {
    id,
    input,
    exchanges: exchanges.map(({ head, tail, sentFile, ...rest }): Exchange => ({
      ...rest,
      sent: { head, file: sentFile ?? input.file, tail },
    })),
  }
}
