/** The tabs of the pane: arrow keys, remembered selection, and a live crash count. */
// @vitest-environment happy-dom
import { act, cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ControlProvider } from '../../state/control_context.tsx'
import { reduceEvent, useEvents } from '../../state/event_store.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { PREFERENCES_KEY, preferencesOf } from '../../state/preferences.ts'
import { useUi } from '../../state/ui_store.ts'
import { aCrash } from '../../testing/crashes.ts'
import { fakeControl } from '../../testing/fake_control.ts'
import { aBackend, TEST_EPOCH } from '../../../testing/views.ts'
import { PaneTabs } from './pane_tabs.tsx'

// The machine may be busy.
configure({ asyncUtilTimeout: 10_000 })

let crashes = [aCrash()]
const control = fakeControl({ 'crashes.list': () => ({ crashes }) })

beforeEach(() => {
  crashes = []
  useUi.setState({ paneTab: 'overview' })
  useEvents.setState({ events: [] })
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
})
afterEach(cleanup)

const show = () =>
  act(async () => {
    render(
      <ControlProvider call={control.call}>
        <PaneTabs backend={aBackend({ state: 'disabled', is_ready: false, is_live: false })} />
      </ControlProvider>,
    )
  })
const selected = () => screen.getByRole('tab', { selected: true }).textContent

test('arrow keys go round the tabs, and the last one is remembered', async () => {
  await show()
  expect(screen.getAllByRole('tab').map(({ textContent }) => textContent)).toEqual([
    'Overview',
    'Config',
    'Model',
    'Crash',
  ])
  act(() => screen.getByRole('tab', { selected: true }).focus())
  for (const next of ['Config', 'Model']) {
    fireEvent.keyDown(document.activeElement ?? document.body, { key: 'ArrowRight' })
    await waitFor(() => expect(selected()).toBe(next))
  }
  expect(screen.getByRole('tabpanel').textContent).toContain('emotion is not running')
  const stored = preferencesOf(JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}'))
  expect(stored.paneTab).toBe('model')
  cleanup()
  await show()
  expect(selected()).toBe('Model')
})

test('a pushed crash is counted; one of another backend is not requested', async () => {
  await show()
  const event = (backend: string, seq: number) =>
    useEvents.setState((state) =>
      reduceEvent(state, {
        seq,
        time: TEST_EPOCH,
        kind: 'crash',
        level: 'error',
        backend,
        message: 'x',
        crash_id: `c${seq}`,
      }),
    )
  const before = control.asked.length
  await act(async () => event('eeg', 1))
  expect(control.asked).toHaveLength(before)
  crashes = [aCrash()]
  await act(async () => event('emotion', 2))
  expect(await screen.findByRole('tab', { name: 'Crash 1 on record' })).toBeTruthy()
})
