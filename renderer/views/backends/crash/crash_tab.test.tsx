// @vitest-environment happy-dom
import {
  cleanup,
  configure,
  fireEvent,
  render,
  screen,
  waitFor,
  within,
} from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PortReport } from '../../../../protocol/ports.ts'
import { keepPageKey } from '../../../api/page_key.ts'
import { ControlProvider } from '../../../state/control_context.tsx'
import { useLogs } from '../../../state/log_store.ts'
import { initialPanelState, usePanel } from '../../../state/panel_store.ts'
import { useUi } from '../../../state/ui_store.ts'
import { aCard, aCrash } from '../../../testing/crashes.ts'
import { fakeControl, refusal, type FakeControl } from '../../../testing/fake_control.ts'
import { aBackend, TEST_EPOCH } from '../../../../testing/views.ts'
import { PaneTabs } from '../pane_tabs.tsx'

// The machine may be busy.
configure({ asyncUtilTimeout: 10_000 })

const older = aCrash({ id: '20260131T130000000Z-emotion-0123abcd', time: TEST_EPOCH - 3_600_000 })
const report: PortReport = {
  host: 'localhost',
  port: 8768,
  verdict: 'in_use',
  holder: {
    pid: 22_104,
    command: 'python3 serve.py',
    started_at: TEST_EPOCH,
    user: null,
    reason: null,
  },
  speaks: { kind: 'http', status_code: 404 },
  free_in_s: null,
  suggestion: 8774,
  sentence: 'Port 8768 on localhost is held by process 22104.',
  remedy: 'Choose another port, such as 8774.',
  notes: ['Port 8768 is within 32768-60999.'],
}

let control: FakeControl
let crashes = [older, aCrash()]
beforeEach(() => {
  crashes = [older, aCrash()]
  control = fakeControl({
    'crashes.list': () => ({ crashes }),
    'crashes.get': ({ id }) => ({ card: aCard({ id }) }),
    'crashes.remove': ({ id }) => {
      crashes = crashes.filter((one) => one.id !== id)
      return {}
    },
    'quarantine.list': () => ({ inputs: [] }),
  })
  useUi.setState({ paneTab: 'crash', view: 'backends' })
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
})
afterEach(cleanup)

const show = () =>
  render(
    <ControlProvider call={control.call}>
      <PaneTabs backend={aBackend()} />
    </ControlProvider>,
  )
const card = () => screen.findByRole('article', { name: 'Crash of emotion' })
const paramsOf = (wanted: string) =>
  control.asked.flatMap(({ method, params }) => (method === wanted ? [params] : []))

test('without crashes and quarantined inputs both lists show that', async () => {
  crashes = []
  show()
  expect(await screen.findByText('No crashes on record.')).toBeTruthy()
  expect(screen.getByText(/^None\. Inputs that were in flight at two crashes/)).toBeTruthy()
  expect(screen.getByRole('tab', { name: 'Crash' })).toBeTruthy()
})

test('the newest card is open, with cause and remedy, and its evidence is marked', async () => {
  show()
  const shown = within(await card())
  expect(shown.getByText('Exit code 3: could not load its model.')).toBeTruthy()
  expect(shown.getByText('A log line shows it.')).toBeTruthy()
  const marked = [...(await card()).querySelectorAll('[data-evidence]')]
  expect(marked.map(({ textContent }) => textContent)).toEqual([
    expect.stringContaining('m.onnx: invalid protobuf'),
  ])
  expect(shown.getByText(/^n\/a: it never answered a health check/)).toBeTruthy()
  expect(paramsOf('crashes.get')).toEqual([{ id: aCard().id }])
  expect(screen.getByRole('tab', { name: 'Crash 2 on record' })).toBeTruthy()
})

test('a card without a proven cause names none', async () => {
  control.handlers['crashes.get'] = () => ({ card: aCard({ cause: null }) })
  show()
  expect(within(await card()).getByText(/^Cause unknown/)).toBeTruthy()
})

test('an older one can be opened', async () => {
  show()
  await card()
  fireEvent.click(screen.getByRole('button', { name: /^13:00:00/ }))
  await waitFor(() => expect(paramsOf('crashes.get')).toContainEqual({ id: older.id }))
})

test('the export saves the redacted bundle, and shows the key of the page to get it', async () => {
  show()
  keepPageKey('the-key')
  const fetched = vi.fn(() => Promise.resolve(new Response('gone', { status: 404 })))
  vi.stubGlobal('fetch', fetched)
  fireEvent.click(within(await card()).getByRole('button', { name: 'Export' }))
  expect(fetched).toHaveBeenCalledWith(`/download/crashes/${aCard().id}.zip`, {
    headers: { authorization: 'Bearer the-key' },
    cache: 'no-store',
  })
  await waitFor(() =>
    expect(usePanel.getState().notices[0]).toMatchObject({ title: 'The file was not saved' }),
  )
  vi.unstubAllGlobals()
})

test('a card goes only when that was confirmed', async () => {
  show()
  await card()
  fireEvent.click(screen.getByRole('button', { name: 'Remove' }))
  fireEvent.click(screen.getByRole('button', { name: 'Keep' }))
  expect(paramsOf('crashes.remove')).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Remove' }))
  fireEvent.click(screen.getByRole('button', { name: 'Remove for good' }))
  await waitFor(() => expect(screen.queryByRole('list', { name: 'Crashes on record' })).toBeNull())
  expect(paramsOf('crashes.remove')).toEqual([{ id: aCard().id }])
})

test('a request in flight leads to its lines', async () => {
  show()
  fireEvent.click(within(await card()).getByRole('button', { name: 'r-1' }))
  expect(useLogs.getState().search).toBe('r-1')
  expect(useUi.getState().view).toBe('logs')
})

test('an input of this backend is released by its hash; those of others are not shown', async () => {
  const input = {
    backend: 'emotion',
    sha256: 'b'.repeat(64),
    crashes: [TEST_EPOCH],
    is_refused: true,
  }
  const others = { ...input, backend: 'eeg', sha256: 'c'.repeat(64) }
  let inputs = [input, others]
  control.handlers['quarantine.list'] = () => ({ inputs })
  control.handlers['quarantine.clear'] = () => {
    inputs = [others]
    return {}
  }
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Release input bbbbbbbbbbbb' }))
  await waitFor(() => expect(screen.queryByText('refused')).toBeNull())
  expect(paramsOf('quarantine.clear')).toEqual([{ backend: 'emotion', sha256: input.sha256 }])
})

test('the port doctor shows who holds the port, and writes another one on request', async () => {
  control.handlers['ports.examine'] = () => ({ report })
  control.handlers['config.read'] = () => ({ file: 'models.yaml', text: 'TEXT', sections: [] })
  control.handlers['config.edit'] = ({ text }) => ({
    text,
    problems: [],
    is_stale: false,
    effects: [],
  })
  show()
  const doctor = within(await screen.findByRole('region', { name: 'Port doctor' }))
  fireEvent.click(doctor.getByRole('button', { name: 'Examine port 8768' }))
  expect(await doctor.findByText('python3 serve.py')).toBeTruthy()
  expect(doctor.getByText('web server, status 404')).toBeTruthy()
  expect(doctor.getByText('Port 8768 is within 32768-60999.')).toBeTruthy()
  fireEvent.click(doctor.getByRole('button', { name: 'Use port 8774' }))
  expect(await doctor.findByText(/^Written: emotion has port 8774/)).toBeTruthy()
  expect(paramsOf('config.edit')).toEqual([
    { text: 'TEXT', edits: [{ edit: 'set', backend: 'emotion', path: ['port'], value: 8774 }] },
  ])
})

test('a free port offers nothing to write', async () => {
  control.handlers['ports.examine'] = () => ({
    report: {
      ...report,
      verdict: 'free',
      holder: null,
      speaks: null,
      suggestion: null,
      remedy: '',
    },
  })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Examine port 8768' }))
  expect(await screen.findByText('free')).toBeTruthy()
  expect(screen.queryByRole('button', { name: /^Use port/ })).toBeNull()
})

test('unreadable crashes show the reason', async () => {
  control.handlers['crashes.list'] = () => refusal('the folder was removed')
  show()
  expect(
    await screen.findByText(/The crashes could not be read: the folder was removed/),
  ).toBeTruthy()
})
