// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ActionsContext, type Actions } from '../../state/actions_context.ts'
import { useLogs } from '../../state/log_store.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { fakeControl } from '../../testing/fake_control.ts'
import { aBackend, aLine, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { Palette } from './palette.tsx'

const lines = ['req-71', 'req-72', 'req-72', 'other'].map((id, seq) =>
  aLine({ seq, request_id: id }),
)
const control = fakeControl({
  'logs.search': () => ({
    lines,
    counts: { debug: 0, info: 0, warn: 0, error: 0 },
    matched: 4,
    searched: 4,
    dropped: 0,
  }),
})
const panel = {
  setWanted: vi.fn(),
  restart: vi.fn(),
  startAll: vi.fn(),
  stopAll: vi.fn(),
  reloadConfig: vi.fn(),
}

beforeEach(() => {
  // Missing in happy-dom; cmdk uses both to keep the selected row visible.
  Element.prototype.scrollIntoView = () => undefined
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  )
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: {
      plane: aPlane(),
      backends: [
        aBackend({ in_flight: 5 }),
        aBackend({ name: 'eeg', state: 'disabled', wanted: false }),
        aBackend({ name: 'lab', runtime: 'external' }),
      ],
      gpus: null,
    },
  })
  useUi.setState({ paletteOpen: true, recentCommands: [], view: 'backends' })
  render(
    <ControlProvider call={control.call}>
      <ActionsContext value={{ panel, sender: {} } as unknown as Actions}>
        <Palette />
      </ActionsContext>
    </ControlProvider>,
  )
})
afterEach(() => {
  cleanup()
  vi.clearAllMocks()
  vi.unstubAllGlobals()
})

const type = (typed: string) =>
  fireEvent.change(screen.getByRole('combobox'), { target: { value: typed } })
const option = (name: RegExp) => screen.queryByRole('option', { name })

test('of a running backend it stops and restarts, with what that means for its requests', () => {
  expect(option(/^Stop emotion 5 requests in flight finish first/)).toBeTruthy()
  expect(option(/^Start emotion/)).toBeNull()
  expect(option(/^Start eeg/)).toBeTruthy()
  expect(option(/^Stop eeg/)).toBeNull()
})

test('an external backend is never started or stopped', () => {
  expect(option(/^(Start|Stop|Restart) lab/)).toBeNull()
  expect(option(/^Show logs of lab/)).toBeTruthy()
})

test('what is chosen runs, closes the palette and comes first the next time', () => {
  type('restart emo')
  fireEvent.keyDown(screen.getByRole('combobox'), { key: 'Enter' })
  expect(panel.restart).toHaveBeenCalledWith('emotion')
  expect(useUi.getState()).toMatchObject({
    paletteOpen: false,
    recentCommands: ['restart emotion'],
  })
})

test('the configuration can be reloaded, but not while the connection is lost', () => {
  fireEvent.click(option(/^Reload configuration/)!)
  expect(panel.reloadConfig).toHaveBeenCalledOnce()
  act(() => {
    usePanel.setState({ connection: { phase: 'connecting' } })
    useUi.setState({ paletteOpen: true })
  })
  expect(option(/^Reload configuration/)).toBeNull()
  expect(option(/^Show logs of lab/)).toBeTruthy()
})

test('any text can be searched in the logs, and an id opens its request', () => {
  type('no such command')
  expect(screen.getByText('No results for "no such command".')).toBeTruthy()
  fireEvent.click(option(/Search logs for "no such command"/)!)
  expect([useUi.getState().view, useLogs.getState().search]).toEqual(['logs', 'no such command'])
})

test('Enter in an empty field interrupts nothing, whatever was run last', () => {
  act(() => {
    useUi.setState({ recentCommands: ['restart emotion', 'stop emotion'] })
  })
  fireEvent.keyDown(screen.getByRole('combobox'), { key: 'Enter' })
  expect(panel.restart).not.toHaveBeenCalled()
  expect(panel.setWanted).not.toHaveBeenCalled()
})

test('# lists the newest requests in memory whose id holds what was typed', async () => {
  type('#req-7')
  const ids = () => screen.getAllByRole('option').map((row) => row.textContent)
  await waitFor(() => expect(ids().slice(0, 2)).toEqual(['req-72', 'req-71']))
})

test('# takes the id of a request', () => {
  type('#req-7')
  fireEvent.click(option(/Show request req-7/)!)
  expect(useLogs.getState().aside).toEqual({ kind: 'request', id: 'req-7' })
})
