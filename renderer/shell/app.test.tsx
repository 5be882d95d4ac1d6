// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ActionsContext, type Actions } from '../state/actions_context.ts'
import { ControlProvider } from '../state/control_context.tsx'
import { initialPanelState, usePanel } from '../state/panel_store.ts'
import { useUi } from '../state/ui_store.ts'
import { fakeControl } from '../testing/fake_control.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../testing/views.ts'
import { App } from './app.tsx'
import { applyLanguage } from './language.ts'

applyLanguage()

beforeEach(() => {
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    snapshot: { gpus: null, plane: aPlane(), backends: [aBackend()] },
    connection: { phase: 'open' },
  })
  useUi.setState({ language: 'en', view: 'backends', portsOpen: true })
  render(
    <ActionsContext value={{} as Actions}>
      <ControlProvider call={fakeControl({}).call}>
        <App />
      </ControlProvider>
    </ActionsContext>,
  )
})
afterEach(cleanup)

test('another language changes every text and keeps an open dialog with what was typed', () => {
  const typed = () => screen.getByRole<HTMLInputElement>('textbox', { hidden: false })
  fireEvent.change(typed(), { target: { value: '9000' } })
  expect(document.title).toBe('Backends · Switchyard')
  act(() => {
    useUi.setState({ language: 'zh' })
  })
  expect(typed().value).toBe('9000')
  expect(screen.getByRole('dialog', { name: '端口诊断' })).toBeTruthy()
  expect(document.title).toBe('后端 · Switchyard')
  expect(document.querySelector('tr[data-backend="emotion"]')?.textContent).toContain('就绪')
})
