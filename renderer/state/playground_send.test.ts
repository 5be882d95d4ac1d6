// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { InferenceClient } from '../api/inference_client.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../testing/views.ts'
import { initialPanelState, usePanel } from './panel_store.ts'
import { createPlaygroundSender, type PlaygroundSender } from './playground_send.ts'
import { usePlayground } from './playground_store.ts'

const sent: string[] = []
const client: InferenceClient = {
  run: (backend) => {
    sent.push(backend)
    return Promise.resolve({ phase: 'broken', message: 'closed' })
  },
  dispose: () => undefined,
}
let sender: PlaygroundSender

beforeEach(() => {
  vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:test')
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue(undefined)
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: { plane: aPlane(), backends: [aBackend()], gpus: null },
  })
  sender = createPlaygroundSender(client)
})
afterEach(() => {
  sender.dispose()
  sent.splice(0)
  usePlayground.setState({ runs: [], currentRunId: null, input: null, problem: null })
  vi.restoreAllMocks()
})

const picture = () => new File([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])], 'face.jpg')
const text = (name: string) => new File(['All rights reserved.\nNo warranty.\n'], name)

describe('a file that is neither a picture nor a recording', () => {
  test('is not sent, and the reason names it', async () => {
    await sender.take([text('LICENSE')])
    expect(sent).toEqual([])
    expect(usePlayground.getState()).toMatchObject({
      input: null,
      problem: 'LICENSE is neither a picture nor an EEG file. It was not sent.',
    })
  })
  test('among pictures is left out; the pictures are sent', async () => {
    await sender.take([text('notes.txt'), picture(), text('README.md')])
    expect(sent).toEqual(['emotion'])
    expect(usePlayground.getState().problem).toBe(
      'notes.txt and 1 other file are neither pictures nor EEG files. They were not sent.',
    )
  })
  test('leaves the picture before it on the stage', async () => {
    await sender.take([picture()])
    await sender.take([text('LICENSE')])
    expect(usePlayground.getState().runs).toHaveLength(1)
    expect(usePlayground.getState().currentRunId).not.toBeNull()
  })
})

test('without Switchyard nothing is sent, the picture stays, and the reason is given', async () => {
  usePanel.setState({ connection: { phase: 'lost', sinceMs: 0, attempt: 1, retryAtMs: null } })
  await sender.take([picture()])
  expect(sent).toEqual([])
  expect(usePlayground.getState()).toMatchObject({
    runs: [],
    input: { name: 'face.jpg' },
    problem: 'Switchyard is not running. Nothing was sent.',
  })
  expect(await sender.ask('emotion', { kind: 'image', file: picture() })).toEqual({
    phase: 'broken',
    message: 'Switchyard is not running. Nothing was sent.',
  })
})
