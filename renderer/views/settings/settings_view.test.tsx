// @vitest-environment happy-dom
/** Settings apply immediately with a confirmation and undo; those of the file are written as an edit. */
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pageKey } from '../../api/page_key.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { DEFAULT_PREFERENCES } from '../../state/preferences.ts'
import { useUi } from '../../state/ui_store.ts'
import { fakeControl, refusal, type FakeControl } from '../../testing/fake_control.ts'
import { aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { SettingsView } from './settings_view.tsx'

let control: FakeControl
let enabled = false

beforeEach(() => {
  enabled = false
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: { plane: aPlane(), backends: [], gpus: null },
  })
  useUi.setState({ ...DEFAULT_PREFERENCES, view: 'settings' })
  control = fakeControl({
    'config.read': () => ({
      file: 'config/models.yaml',
      text: 'the text',
      sections: [
        { backend: 'emotion', first_line: 2, last_line: 4, values: { port: 8768, enabled } },
        { backend: 'lab', first_line: 5, last_line: 6, values: { runtime: 'external' } },
      ],
    }),
    'config.edit': ({ edits }) => {
      const [edit] = edits
      if (edit?.edit === 'set') enabled = edit.value === true
      return { text: '', problems: [], is_stale: false, effects: [] }
    },
    'logs.files': () => ({
      dir: '/tmp/logs',
      files: 1,
      bytes: 2048,
      written: 9,
      removed: 0,
      waiting: 0,
      not_written: 0,
      problem: null,
    }),
  })
  render(
    <ControlProvider call={control.call}>
      <SettingsView />
    </ControlProvider>,
  )
})
afterEach(cleanup)

const undo = () => act(() => usePanel.getState().notices[0]?.undo?.())

test('a theme applies immediately, and Undo restores the previous one', () => {
  fireEvent.click(screen.getByRole('radio', { name: 'Dark' }))
  expect(useUi.getState().theme).toBe('dark')
  expect(usePanel.getState().notices).toMatchObject([{ title: 'Theme: Dark', isDone: true }])
  undo()
  expect(useUi.getState().theme).toBe('system')
})

test('the languages are named in themselves', () => {
  fireEvent.click(screen.getByRole('radio', { name: '简体中文' }))
  expect(useUi.getState().language).toBe('zh')
})

test('a backend that starts with Switchyard is written to the file, and back', async () => {
  const toggle = await screen.findByRole('switch', { name: 'Start emotion with Switchyard' })
  expect(toggle.getAttribute('aria-checked')).toBe('false')
  fireEvent.click(toggle)
  await waitFor(() => expect(toggle.getAttribute('aria-checked')).toBe('true'))
  expect(control.asked.find(({ method }) => method === 'config.edit')?.params).toEqual({
    text: 'the text',
    edits: [{ edit: 'set', backend: 'emotion', path: ['enabled'], value: true }],
    at_next_start: true,
  })
  undo()
  await waitFor(() => expect(enabled).toBe(false))
})

test('a rejected edit shows the reason, and no confirmation', async () => {
  control.handlers['config.edit'] = () => ({
    text: '',
    problems: [
      {
        file: 'f',
        line: 3,
        key: 'enabled',
        message: 'enabled must be true or false.',
        remedy: 'Correct it.',
      },
    ],
    is_stale: false,
    effects: [],
  })
  fireEvent.click(await screen.findByRole('switch', { name: 'Start emotion with Switchyard' }))
  await waitFor(() =>
    expect(usePanel.getState().notices).toMatchObject([
      { title: 'emotion was not changed', text: 'enabled must be true or false. Correct it.' },
    ]),
  )
})

test('an external backend has no switch', async () => {
  await screen.findByText('runs elsewhere')
  expect(screen.queryByRole('switch', { name: 'Start lab with Switchyard' })).toBeNull()
})

test('Reset puts the choices of this browser back, and Undo restores them', () => {
  useUi.setState({ theme: 'dark', rowHeight: 'compact' })
  fireEvent.click(screen.getByRole('button', { name: 'Reset' }))
  expect(useUi.getState()).toMatchObject({ theme: 'system', rowHeight: 'comfortable' })
  undo()
  expect(useUi.getState()).toMatchObject({ theme: 'dark', rowHeight: 'compact' })
})

test('the token is replaced when that was confirmed; this page keeps the new key', async () => {
  const asked = () => control.asked.filter(({ method }) => method === 'token.replace').length
  control.handlers['token.replace'] = () => ({ token: 'next-token', key: 'next-key' })
  fireEvent.click(screen.getByRole('button', { name: 'Replace token' }))
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  expect(asked()).toBe(0)
  fireEvent.click(screen.getByRole('button', { name: 'Replace token' }))
  fireEvent.click(screen.getByRole('button', { name: 'Replace and sign out others' }))
  await screen.findByText(/The token was replaced/)
  expect(asked()).toBe(1)
  expect(pageKey()).toBe('next-key')
})

test('a token that cannot be replaced stays, and the reason is shown', async () => {
  control.handlers['token.replace'] = () => refusal('The token file cannot be written.')
  fireEvent.click(screen.getByRole('button', { name: 'Replace token' }))
  fireEvent.click(screen.getByRole('button', { name: 'Replace and sign out others' }))
  await screen.findByRole('button', { name: 'Replace token' })
  expect(usePanel.getState().notices).toMatchObject([
    { title: 'The token was not replaced', text: 'The token file cannot be written.' },
  ])
})
