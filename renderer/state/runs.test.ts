import { expect, test } from 'vitest'
import { sentFile } from '../api/sent_message.ts'
import {
  releasedInputs,
  RUNS_MAX,
  withExchange,
  withRun,
  type Run,
  type PlaygroundInput,
} from './runs.ts'

const picture = (id: number): PlaygroundInput => ({
  id,
  kind: 'image',
  name: `${id}.jpg`,
  file: new Blob(),
  url: `blob:${id}`,
})
const run = (id: number, shown = picture(id)): Run => ({
  id,
  input: shown,
  exchanges: [
    {
      backend: 'emotion',
      requestId: `request-${id}`,
      sent: sentFile(`request-${id}`, { key: 'image', file: shown.file }, {}),
      sentAtMs: 0,
      outcome: { phase: 'busy', startedAtMs: 0 },
    },
  ],
})

test('the newest run is first and the oldest makes room', () => {
  let runs: readonly Run[] = []
  for (let id = 1; id <= RUNS_MAX + 1; id++) runs = withRun(runs, run(id))
  expect(runs).toHaveLength(RUNS_MAX)
  expect(runs[0]?.id).toBe(RUNS_MAX + 1)
  expect(runs.at(-1)?.id).toBe(2)
})

test('an outcome goes to its own exchange', () => {
  const runs = withExchange([run(2), run(1)], 'request-1', {
    outcome: { phase: 'broken', message: 'closed' },
  })
  expect(runs.map((one) => one.exchanges[0]?.outcome.phase)).toEqual(['busy', 'broken'])
})

test('a picture is released when nothing shows it any more, not before', () => {
  const shared = picture(7)
  const before = [run(1, shared), run(2, shared), run(3)].map((one) => one.input)
  expect(releasedInputs(before, [shared]).map((one) => one.id)).toEqual([3])
})
