// @vitest-environment happy-dom
/** Each n/a has its reason, every GPU source too, and the focused row its text. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { GpuReading } from '../../../protocol/gpu.ts'
import { ActionsContext, type Actions } from '../../state/actions_context.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { useEvents } from '../../state/event_store.ts'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { fakeControl, refusal } from '../../testing/fake_control.ts'
import { aBackend, aPlane, NO_GPU, ONE_GPU, TEST_EPOCH } from '../../../testing/views.ts'
import { SystemView } from './system_view.tsx'
import { MIB } from '../../../protocol/bytes.ts'

const files = {
  dir: '/state/logs',
  files: 1,
  bytes: 2048,
  written: 50,
  removed: 0,
  waiting: 0,
  not_written: 3,
  problem: 'the disk is full',
}
const setWanted = vi.fn(async () => undefined)
const control = fakeControl({ 'logs.files': () => files })

const show = (gpus: GpuReading | null) => {
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: {
      gpus,
      plane: aPlane(),
      backends: [
        aBackend({ name: 'emotion', rss_bytes: 158 * MIB }),
        aBackend({ name: 'eeg', rss_bytes: 97 * MIB }),
      ],
    },
  })
  const actions = { panel: { setWanted } } as unknown as Actions
  render(
    <ActionsContext value={actions}>
      <ControlProvider call={control.call}>
        <SystemView />
      </ControlProvider>
    </ActionsContext>,
  )
}

beforeEach(() => {
  control.handlers['logs.files'] = () => files
  setWanted.mockClear()
  useUi.setState({ selectedBackend: null, view: 'system' })
  useEvents.setState({ events: [], loadedAtMs: TEST_EPOCH, problem: null })
})
afterEach(cleanup)

const text = () => document.body.textContent
const rowOf = (name: string) => {
  const row = document.querySelector<HTMLElement>(`tr[data-backend="${name}"]`)
  if (!row) throw new Error(`no row for ${name}`)
  return row
}

test('without a GPU the view shows that, with the reason of each source', () => {
  show(NO_GPU)
  expect(
    screen.getByRole('heading', { name: 'No GPU found; everything runs on the CPU' }),
  ).toBeTruthy()
  expect(text()).toContain('nvidia-smi is not installed.')
})

test('before the first reading it claims nothing', () => {
  show(null)
  expect(text()).toContain('The GPUs have not been read yet.')
  expect(text()).not.toContain('No GPU found')
})

test('a device shows its values, and n/a with the reason for the others', () => {
  show(ONE_GPU)
  expect(screen.getByRole('region', { name: 'GPU 0' }).textContent).toMatch(
    /6,190 of 16,376 MiB used/,
  )
  expect(text()).toContain('47 %')
  expect(text()).toContain('Temperature n/a: the driver has no hwmon sensor.')
})

test('the focused row shows what stopping it would free, and can be stopped', () => {
  show(NO_GPU)
  expect(text()).toContain('Stopping emotion frees about 158 MiB RAM')
  act(() => rowOf('emotion').focus())
  fireEvent.keyDown(rowOf('emotion'), { key: 'ArrowDown' })
  expect(document.activeElement).toBe(rowOf('eeg'))
  expect(text()).toContain('Stopping eeg frees about 97 MiB RAM')
  fireEvent.click(screen.getByRole('button', { name: 'Stop eeg' }))
  expect(setWanted).toHaveBeenCalledWith('eeg', false)
})

test('the grid has one tab stop among its rows', () => {
  show(NO_GPU)
  const stops = [...document.querySelectorAll('tr[data-backend][tabindex="0"]')]
  expect(stops).toEqual([rowOf('emotion')])
})

test('lines that were not written are shown, with the reason', async () => {
  show(NO_GPU)
  expect(await screen.findByText('The disk is full.')).toBeTruthy()
  expect(screen.getByText('/state/logs')).toBeTruthy()
})

test('a failure to read the log files is shown', async () => {
  control.handlers['logs.files'] = () => refusal('not now')
  show(NO_GPU)
  expect(await screen.findByText(/could not be read: Not now/)).toBeTruthy()
})
