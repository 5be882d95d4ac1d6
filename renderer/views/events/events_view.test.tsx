// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { ActionsContext, type Actions } from '../../state/actions_context.ts'
import { useEvents } from '../../state/event_store.ts'
import { useLogs } from '../../state/log_store.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { EventsView } from './events_view.tsx'

const crash: PlaneEvent = {
  seq: 2,
  time: TEST_EPOCH + 60_000,
  kind: 'crash',
  level: 'error',
  backend: 'emotion',
  message: 'ended by signal SIGKILL',
  crash_id: 'c1',
}
const ready: PlaneEvent = {
  seq: 1,
  time: TEST_EPOCH + 1000,
  kind: 'state',
  level: 'info',
  backend: 'eeg',
  message: 'ready on CPU',
  state: 'ready',
}
const reloadEvents = vi.fn(async () => undefined)

beforeEach(() => {
  // The list draws what fits into its height, and happy-dom has no layout.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  reloadEvents.mockClear()
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: {
      gpus: null,
      plane: aPlane({ started_at: TEST_EPOCH }),
      backends: [aBackend(), aBackend({ name: 'eeg' })],
    },
  })
  useUi.setState({ view: 'events', selectedBackend: null, paneTab: 'overview', eventsSeenSeq: 0 })
  useEvents.setState({ events: [ready, crash], loadedAtMs: TEST_EPOCH, problem: null })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const show = () => {
  const actions = { panel: { reloadEvents } } as unknown as Actions
  render(
    <ActionsContext value={actions}>
      <EventsView />
    </ActionsContext>,
  )
}
const sentences = () =>
  [...document.querySelectorAll('.event-row b')].map((name) => name.textContent)

test('the newest event is on top, and a kind narrows the list', () => {
  show()
  expect(sentences()).toEqual(['emotion', 'eeg'])
  fireEvent.click(screen.getByRole('button', { name: 'States 1' }))
  expect(sentences()).toEqual(['eeg'])
})

test('a pushed event appears immediately', () => {
  show()
  act(() =>
    useEvents.setState({ events: [ready, crash, { ...ready, seq: 3, backend: 'fatigue' }] }),
  )
  expect(sentences()).toEqual(['fatigue', 'emotion', 'eeg'])
})

test('a crash opens the Crash tab of its backend', () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: /^crash card of emotion/ }))
  const { view, selectedBackend, paneTab, paneOpen, drawerOpen } = useUi.getState()
  expect([view, selectedBackend, paneTab]).toEqual(['backends', 'emotion', 'crash'])
  expect(paneOpen || drawerOpen).toBe(true)
})

test('a state opens the logs of its backend at its time', () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: /^logs of eeg/ }))
  expect(useUi.getState().view).toBe('logs')
  expect(useLogs.getState()).toMatchObject({ sources: ['eeg'], goal: { timeMs: ready.time } })
})

test('what is shown counts as seen', () => {
  show()
  expect(useUi.getState().eventsSeenSeq).toBe(2)
})

test('a text without matches is reported, and the filter can be cleared', () => {
  show()
  fireEvent.change(screen.getByLabelText('Search events'), { target: { value: 'no such text' } })
  fireEvent.click(screen.getByRole('button', { name: 'Clear filter' }))
  expect(sentences()).toHaveLength(2)
})

test.each([
  [{ events: [], loadedAtMs: null }, 'Loading the events'],
  [{ events: [], loadedAtMs: TEST_EPOCH }, 'Nothing has happened yet'],
])('without events it shows why: %#', (state, words) => {
  useEvents.setState(state)
  show()
  expect(document.body.textContent).toContain(words)
})

test('without a control plane it does not pretend to ask', () => {
  useEvents.setState({ events: [], loadedAtMs: null })
  const connection = { phase: 'lost', sinceMs: 0, attempt: 1, retryAtMs: null } as const
  usePanel.setState({ connection })
  show()
  expect(document.body.textContent).toContain('disconnected from Switchyard')
})

test('when the events cannot be read, it shows why and retries on request', () => {
  useEvents.setState({ problem: 'the file is damaged' })
  show()
  expect(screen.getByRole('alert').textContent).toContain('The file is damaged.')
  fireEvent.click(screen.getByRole('button', { name: 'Reload' }))
  expect(reloadEvents).toHaveBeenCalledOnce()
})
