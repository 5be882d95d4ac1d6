// @vitest-environment happy-dom
import { cleanup, configure, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigProblem } from '../../protocol/config.ts'
import { ControlProvider } from '../state/control_context.tsx'
import { initialPanelState, usePanel } from '../state/panel_store.ts'
import { useUi } from '../state/ui_store.ts'
import { fakeControl, type FakeControl } from '../testing/fake_control.ts'
import { aPlane, TEST_EPOCH } from '../../testing/views.ts'
import { Banners } from './banners.tsx'

// The machine may be busy.
configure({ asyncUtilTimeout: 10_000 })

const TAKEN_BACK: ConfigProblem = {
  file: 'models.yaml',
  line: 2,
  key: 'model_backends.eeg.port',
  message: 'eeg runs on with its old port 8769. Port 9000 is taken by python3 (pid 9321).',
  remedy: 'Use 8770, or stop that program.',
  free_port: 8770,
  taken_back: 'eeg',
  ports: { tried: 9000, kept: 8769 },
}
const TEXT = 'model_backends:\n  eeg: { port: 9000 }\n'

let control: FakeControl

function show(...problems: ConfigProblem[]) {
  const config = { file: 'models.yaml', loaded_at: TEST_EPOCH, problems }
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: { gpus: null, plane: aPlane({ config }), backends: [] },
  })
  render(
    <ControlProvider call={control.call}>
      <Banners />
    </ControlProvider>,
  )
}

beforeEach(() => {
  control = fakeControl({
    'config.read': () => ({ file: 'models.yaml', text: TEXT, sections: [] }),
    'config.edit': () => ({ text: '', problems: [], is_stale: false, effects: [] }),
  })
})
afterEach(cleanup)

test('a port that is taken can be replaced by the free one', async () => {
  show(TAKEN_BACK)
  fireEvent.click(screen.getByRole('button', { name: 'Use port 8770' }))
  expect(await screen.findByRole('status')).toBeTruthy()
  expect(control.asked.at(-1)).toEqual({
    method: 'config.edit',
    params: {
      text: TEXT,
      edits: [{ edit: 'set', backend: 'eeg', path: ['port'], value: 8770 }],
    },
  })
})

test('the file goes back to the port that is still in use, and only the buttons state the remedy', async () => {
  show(TAKEN_BACK)
  expect(screen.queryByText(/stop that program/)).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Keep port 8769' }))
  expect(await screen.findByRole('status')).toBeTruthy()
  expect(control.asked.at(-1)?.params).toMatchObject({ edits: [{ path: ['port'], value: 8769 }] })
  fireEvent.click(screen.getByRole('button', { name: 'Port doctor' }))
  expect(useUi.getState().portsOpen).toBe(true)
})

test('a problem without a free port offers none', () => {
  const { free_port: _, ...problem } = TAKEN_BACK
  show(problem)
  expect(screen.queryByRole('button', { name: /Use port/ })).toBeNull()
})
