// @vitest-environment happy-dom
import { act, cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ControlParams, ControlResult } from '../../../../protocol/control.ts'
import { ControlProvider } from '../../../state/control_context.tsx'
import { initialPanelState, usePanel } from '../../../state/panel_store.ts'
import { fakeControl, refusal, type FakeControl } from '../../../testing/fake_control.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../../testing/views.ts'
import { EMPTY_CONFIG, useConfig } from './config_store.ts'
import { ConfigTab } from './config_tab.tsx'

// The machine may be busy.
configure({ asyncUtilTimeout: 10_000 })

type Edit = ControlParams<'config.edit'>
type Edited = ControlResult<'config.edit'>

const fileWith = (timeout: number): ControlResult<'config.read'> => ({
  file: 'config/models.yaml',
  text: `model_backends:\n  emotion:\n    port: 8768\n    request_timeout: ${timeout} # seconds\n`,
  sections: [
    {
      backend: 'emotion',
      values: { port: 8768, request_timeout: timeout },
      first_line: 2,
      last_line: 4,
    },
  ],
})

/** The file on disk; its schema has one key. */
let onDisk = fileWith(30)
let control: FakeControl

function edited({ text, edits, dry_run: isDryRun = false }: Edit): Edited {
  const [edit] = edits
  const value = edit?.edit === 'set' ? Number(edit.value) : 30
  const is_stale = onDisk.text !== text
  const fault = {
    file: 'config/models.yaml',
    line: 4,
    key: 'model_backends.emotion.request_timeout',
  }
  if (value < 0) {
    const problem = {
      ...fault,
      message: 'request_timeout is -2; must be at least 0.1.',
      remedy: 'Use a positive value.',
    }
    return { text, problems: [problem], is_stale, effects: [] }
  }
  if (!isDryRun && is_stale) {
    const problem = { ...fault, key: '', message: 'Changed meanwhile.', remedy: 'Look again.' }
    return { text, problems: [problem], is_stale, effects: [] }
  }
  const after = fileWith(value)
  if (!isDryRun) onDisk = after
  const effects = [{ backend: 'emotion', key: 'request_timeout', effect: 'live' as const }]
  return { text: after.text, problems: [], is_stale, effects }
}

const snapshotAt = (loadedAt: number) => ({
  gpus: null,
  plane: aPlane({ config: { file: 'config/models.yaml', loaded_at: loadedAt, problems: [] } }),
  backends: [aBackend()],
})

beforeEach(() => {
  onDisk = fileWith(30)
  control = fakeControl({ 'config.read': () => onDisk, 'config.edit': edited })
  useConfig.setState(EMPTY_CONFIG)
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    snapshot: snapshotAt(1),
    connection: { phase: 'open' },
  })
})
afterEach(cleanup)

const show = () =>
  render(
    <ControlProvider call={control.call}>
      <ConfigTab backend={aBackend()} />
    </ControlProvider>,
  )
const timeout = () => screen.findByLabelText<HTMLInputElement>(/^request_timeout/)
const type = async (text: string) => fireEvent.change(await timeout(), { target: { value: text } })
const apply = () => screen.findByRole<HTMLButtonElement>('button', { name: /^Apply/ })
const ready = async () => {
  const button = await apply()
  await waitFor(() => expect(button.disabled).toBe(false))
  return button
}
const written = () =>
  control.asked
    .filter(({ method }) => method === 'config.edit')
    .map(({ params }) => params as Edit)
    .filter(({ dry_run: isDryRun }) => isDryRun !== true)
    .map(({ edits }) => edits)

test('what the file sets is shown, and the rest at its defaults', async () => {
  show()
  expect((await timeout()).value).toBe('30')
  expect(screen.getByText(/lines 2–4 of config\/models.yaml/)).toBeTruthy()
  expect(screen.getByLabelText<HTMLInputElement>(/^queue_limit/).placeholder).toBe('256')
  expect(screen.queryByRole('button', { name: /^Apply/ })).toBeNull()
})

test('a change is marked, shown as lines with its effect, written alone, and can be undone', async () => {
  show()
  await type('20')
  fireEvent.click(await ready())
  expect(screen.getByText('applies immediately', { exact: false })).toBeTruthy()
  expect(await screen.findByText(/Saved at/)).toBeTruthy()
  const set = (value: number) => [
    [{ edit: 'set', backend: 'emotion', path: ['request_timeout'], value }],
  ]
  expect(written()).toEqual(set(20))
  expect((await timeout()).value).toBe('20')
  fireEvent.click(screen.getByRole('button', { name: 'Undo' }))
  expect(await screen.findByText(/Reverted at/)).toBeTruthy()
  expect(written().slice(1)).toEqual(set(30))
  expect(onDisk.text).toContain('request_timeout: 30')
})

test('the lines that would change are shown before they are written', async () => {
  show()
  await type('20')
  await ready()
  const yaml = screen.getByRole('region', { name: 'YAML' })
  expect(yaml.textContent).toContain('removed:     request_timeout: 30 # seconds')
  expect(yaml.textContent).toContain('added:     request_timeout: 20 # seconds')
  expect(written()).toEqual([])
})

test('a fault stands beside its field with the remedy, and blocks Apply with the reason', async () => {
  show()
  await type('-2')
  expect(await screen.findByText(/request_timeout is -2; must be at least 0.1/)).toBeTruthy()
  expect(screen.getByText('Use a positive value.')).toBeTruthy()
  expect((await timeout()).getAttribute('aria-invalid')).toBe('true')
  expect((await apply()).disabled).toBe(true)
  expect(screen.getByText('Fix request_timeout first')).toBeTruthy()
  fireEvent.submit((await apply()).closest('form') as HTMLFormElement)
  expect(written()).toEqual([])
})

test('a port that another program holds is named while it is typed, with a free one to use', async () => {
  control.handlers['ports.look'] = ({ host, port }) => ({
    report: {
      host,
      port,
      verdict: port === 8780 ? 'in_use' : 'free',
      holder: null,
      speaks: null,
      free_in_s: null,
      suggestion: port === 8780 ? 8781 : null,
      sentence: 'Port 8780 is held by python3 (pid 9321).',
      remedy: 'stop it',
      notes: [],
    },
  })
  show()
  const field = await screen.findByLabelText<HTMLInputElement>(/^port/)
  fireEvent.change(field, { target: { value: '8780' } })
  expect(await screen.findByText('Port 8780 is held by python3 (pid 9321).')).toBeDefined()
  fireEvent.click(screen.getByRole('button', { name: 'Use port 8781' }))
  await waitFor(() => expect(field.value).toBe('8781'))
  expect(screen.queryByText(/is held by/)).toBeNull()
})

test('a file that somebody else has changed is not written over; after a reload what was typed stays', async () => {
  show()
  await type('20')
  await ready()
  onDisk = fileWith(44)
  act(() => usePanel.setState({ snapshot: snapshotAt(2) }))
  expect(await screen.findByText('The file was changed by someone else.')).toBeTruthy()
  expect((await apply()).disabled).toBe(true)
  fireEvent.click(screen.getByRole('button', { name: 'Reload' }))
  await waitFor(() =>
    expect(screen.queryByText('The file was changed by someone else.')).toBeNull(),
  )
  expect((await timeout()).value).toBe('20')
  fireEvent.click(await ready())
  await screen.findByText(/Saved at/)
  expect(onDisk.text).toContain('request_timeout: 20')
})

test('without a draft a changed file is simply shown', async () => {
  show()
  await timeout()
  onDisk = fileWith(44)
  act(() => usePanel.setState({ snapshot: snapshotAt(2) }))
  await waitFor(async () => expect((await timeout()).value).toBe('44'))
})

test('what was typed outlives a look at another tab, and Discard takes it back', async () => {
  show()
  await type('20')
  cleanup()
  show()
  expect((await timeout()).value).toBe('20')
  fireEvent.click(screen.getByRole('button', { name: 'Discard' }))
  expect((await timeout()).value).toBe('30')
})

test('while the control plane is lost nothing can be typed or applied', async () => {
  show()
  await type('20')
  await ready()
  const lost = { phase: 'lost', sinceMs: 0, attempt: 1, retryAtMs: null } as const
  act(() => usePanel.setState({ connection: lost }))
  expect((await apply()).disabled).toBe(true)
  expect((await timeout()).disabled).toBe(true)
  expect(screen.getByText('Disconnected from Switchyard')).toBeTruthy()
})

test('an unreadable file shows the reason', async () => {
  control.handlers['config.read'] = () => refusal('models.yaml cannot be read (EACCES)')
  show()
  expect((await screen.findByRole('alert')).textContent).toContain('EACCES')
})

test('a section that was removed from the file is reported', async () => {
  onDisk = { ...onDisk, sections: [] }
  show()
  expect(await screen.findByText(/has no readable section for emotion/)).toBeTruthy()
})

test('an edit that cannot be validated shows the reason, and cannot be applied', async () => {
  show()
  await timeout()
  control.handlers['config.edit'] = () => refusal('models.yaml cannot be read (ENOENT)')
  await type('20')
  expect((await screen.findByRole('alert')).textContent).toContain('ENOENT')
  expect((await apply()).disabled).toBe(true)
})
