// @vitest-environment happy-dom
/** Runs and golden results survive a reload; deleted ones do not come back. */
import 'fake-indexeddb/auto'
import { Blob as NodeBlob } from 'node:buffer'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome } from '../../api/inference_client.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { initialPanelState, usePanel } from '../panel_store.ts'
import { bounded, type Exchange, type Run, type PlaygroundInput } from '../runs.ts'
import type { PlaygroundSender } from '../playground_send.ts'
import { removeRuns, usePlayground } from '../playground_store.ts'
import { goldenFile, goldensOf } from './golden_file.ts'
import {
  addGoldens,
  checkGoldens,
  keepAsGolden,
  removeGolden,
  setTolerance,
  useGoldens,
} from './golden_store.ts'
import { keepTestData } from './keep.ts'

const problems: string[] = []
let close: () => void = () => undefined

beforeEach(() => {
  // happy-dom's object URLs need its own Blob; fake-indexeddb clones Node's.
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:test')
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue(undefined)
})
afterEach(async () => {
  usePlayground.setState({ runs: [], currentRunId: null })
  useGoldens.setState({ goldens: [], checks: {} })
  await settled()
  close()
  expect(problems.splice(0)).toEqual([])
  vi.restoreAllMocks()
})

/** Loads what is stored. */
async function visit(): Promise<void> {
  close()
  usePlayground.setState({ runs: [], currentRunId: null })
  useGoldens.setState({ goldens: [], checks: {} })
  close = await keepTestData((reason) => problems.push(reason))
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 30))
const leave = () => {
  close()
  close = () => undefined
}

const inputOf = (id: number, differing: Partial<PlaygroundInput> = {}): PlaygroundInput => ({
  id,
  kind: 'image',
  name: `${id}.jpg`,
  file: new NodeBlob([`content ${id}`], { type: 'image/jpeg' }) as Blob,
  url: 'blob:test',
  ...differing,
})
const answered = (data: Record<string, unknown>): Outcome => ({
  phase: 'answered',
  reply: { type: 'inference_response', request_id: 'r', data },
  receivedText: JSON.stringify(data),
  roundTripMs: 7,
})
const exchangeOf = (input: PlaygroundInput, outcome: Exchange['outcome']): Exchange => ({
  backend: 'emotion',
  requestId: `request ${input.id}`,
  sent: { head: '{"image":"', file: input.file, tail: '"}' },
  sentAtMs: TEST_EPOCH,
  outcome,
})
const runOf = (id: number, outcome: Exchange['outcome'] = answered({ score: 1 })): Run => {
  const input = inputOf(id)
  return { id, input, exchanges: [exchangeOf(input, outcome)] }
}

describe('runs', () => {
  test('come back with their answers, newest first; those without an answer do not', async () => {
    await visit()
    usePlayground.setState({
      runs: [runOf(2), runOf(1), runOf(3, { phase: 'busy', startedAtMs: 0 })],
    })
    await settled()
    leave()
    await visit()
    const { runs } = usePlayground.getState()
    expect(runs.map(({ id, input }) => [id, input.name])).toEqual([
      [2, '2.jpg'],
      [1, '1.jpg'],
    ])
    expect(runs[0]?.exchanges[0]).toMatchObject({
      requestId: 'request 2',
      sent: { head: '{"image":"', tail: '"}' },
      outcome: { phase: 'answered', reply: { data: { score: 1 } } },
    })
    expect(await runs[0]?.input.file.text()).toBe('content 2')
  })

  test('that were deleted do not return, and Undo restores them permanently', async () => {
    await visit()
    usePlayground.setState({ runs: [runOf(5), runOf(4)] })
    await settled()
    const undo = removeRuns([4, 5])
    await settled()
    undo()
    removeRuns([5])
    await settled()
    leave()
    await visit()
    expect(usePlayground.getState().runs.map(({ id }) => id)).toEqual([4])
  })

  test('are bounded, frames of a video more tightly', () => {
    const many = Array.from({ length: 600 }, (_, index) => runOf(600 - index))
    expect(bounded(many)).toHaveLength(500)
    const frames = many.map((run) => ({ ...run, input: { ...run.input, isFrame: true } }))
    expect(bounded([...frames, ...many.slice(0, 10)])).toHaveLength(70)
  })

  test('blocked storage reports the reason, and nothing else happens', async () => {
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw new Error('storage is blocked')
      },
    })
    const told: string[] = []
    await keepTestData((reason) => told.push(reason))
    vi.unstubAllGlobals()
    expect(told).toEqual(['storage is blocked'])
  })
})

describe('golden results', () => {
  const input = inputOf(9)
  const benchThat = (outcome: Outcome) =>
    ({ ask: () => Promise.resolve(outcome) }) as unknown as PlaygroundSender
  const check = () => {
    const { goldens, checks } = useGoldens.getState()
    return checks[goldens[0]?.id ?? '']
  }

  beforeEach(() => {
    usePanel.setState({
      ...initialPanelState(TEST_EPOCH),
      snapshot: { plane: aPlane(), backends: [aBackend()], gpus: null },
    })
    keepAsGolden(exchangeOf(input, answered({ prediction: 'happy', score: 0.5 })), input)
  })

  test('pass within their tolerance and fail outside it, naming the values', async () => {
    await checkGoldens(benchThat(answered({ prediction: 'happy', score: 0.514 })))
    expect(check()).toMatchObject({ phase: 'passed', roundTripMs: 7 })
    await checkGoldens(benchThat(answered({ prediction: 'sad', score: 0.6 })))
    expect(check()).toMatchObject({
      phase: 'failed',
      failures: [{ path: 'score' }, { path: 'prediction', a: 'happy', b: 'sad' }],
    })
  })

  test('with another tolerance are not judged until they run again', async () => {
    await checkGoldens(benchThat(answered({ prediction: 'happy', score: 0.6 })))
    const [golden] = useGoldens.getState().goldens
    setTolerance(golden!, { absolute: 0.2, relative: 0 })
    expect(check()).toBeUndefined()
    await checkGoldens(benchThat(answered({ prediction: 'happy', score: 0.6 })))
    expect(check()).toMatchObject({ phase: 'passed' })
  })

  test('of a backend that is off, or that refuses, are not judged, with the reason', async () => {
    await checkGoldens(
      benchThat({
        phase: 'refused',
        reply: { type: 'error', error: 'the queue is full' },
        receivedText: '',
        roundTripMs: 1,
      }),
    )
    expect(check()).toMatchObject({ phase: 'broken', message: 'the queue is full' })
    usePanel.setState({
      snapshot: { plane: aPlane(), backends: [aBackend({ state: 'disabled' })], gpus: null },
    })
    await checkGoldens(benchThat(answered({})))
    expect(check()).toMatchObject({
      phase: 'broken',
      message: 'emotion is not serving (state: Disabled).',
    })
  })

  test('are kept from visit to visit, until they are removed', async () => {
    useGoldens.setState({ goldens: [] })
    await visit()
    keepAsGolden(exchangeOf(input, answered({ score: 1 })), input)
    await settled()
    leave()
    await visit()
    const [golden] = useGoldens.getState().goldens
    expect(golden).toMatchObject({ name: '9.jpg', backend: 'emotion', expected: { score: 1 } })
    removeGolden(golden!)
    await settled()
    leave()
    await visit()
    expect(useGoldens.getState().goldens).toEqual([])
  })

  test('go through a file and come back the same', async () => {
    // happy-dom's FileReader only takes its own blobs.
    const file = new Blob(['content 9'], { type: 'image/jpeg' })
    useGoldens.setState(({ goldens }) => ({ goldens: goldens.map((one) => ({ ...one, file })) }))
    const [before] = useGoldens.getState().goldens
    const [after] = goldensOf(await goldenFile(useGoldens.getState().goldens))
    expect({ ...after, file: await after?.file.text() }).toEqual({ ...before, file: 'content 9' })
    addGoldens([after!])
    expect(useGoldens.getState().goldens).toHaveLength(1)
  })

  test.each([
    ['not json', /The file is not JSON/],
    ['{}', /holds no golden results: format/],
    ['{"format":"switchyard golden results","version":2,"goldens":[]}', /version/],
  ])('from the file %j are refused with the place', (text, message) => {
    expect(() => goldensOf(text)).toThrow(message)
  })
})
