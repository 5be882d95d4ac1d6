// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BackendView } from '../../../protocol/control.ts'
import type { PortReport } from '../../../protocol/ports.ts'
import { ActionsContext, type Actions } from '../../state/actions_context.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { fakeControl, refusal } from '../../testing/fake_control.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { startOver, useWizard } from '../wizard/wizard_store.ts'
import { BackendTable } from './backend_table.tsx'
import { NoBackends } from './no_backends.tsx'

const off = (differing: Partial<BackendView>): BackendView =>
  aBackend({ state: 'disabled', wanted: false, pid: null, ...differing })
const FREE: PortReport = {
  host: 'localhost',
  port: 8768,
  verdict: 'free',
  holder: null,
  speaks: null,
  free_in_s: null,
  suggestion: null,
  sentence: 'port 8768 on localhost is free',
  remedy: '',
  notes: [],
}
const TAKEN: PortReport = {
  ...FREE,
  verdict: 'in_use',
  suggestion: 8771,
  sentence: 'port 8768 on localhost is taken by python3',
  remedy: 'stop it',
}

const control = fakeControl({})
const section = (backend: string, values: Record<string, unknown>) => ({
  backend,
  values,
  first_line: 2,
  last_line: 4,
})

beforeEach(() => {
  control.handlers['ports.examine'] = () => ({ report: FREE })
  control.handlers['config.read'] = () => ({
    file: 'models.yaml',
    text: '',
    sections: [
      section('emotion', { providers: ['cuda', 'cpu'] }),
      section('own', { runtime: 'onnx', model: '/models/none.onnx' }),
      section('mine', { runtime: 'command', command: ['python3', 'serve.py'] }),
    ],
  })
  control.handlers['models.check'] = () => ({ files: 4, bytes: 7.2 * 1024 ** 2, fault: null })
  control.handlers['models.look'] = () => refusal('no such file: /models/none.onnx')
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
  startOver()
})
afterEach(cleanup)

const show = (...backends: BackendView[]) =>
  act(async () => {
    usePanel.setState({ snapshot: { gpus: null, plane: aPlane(), backends } })
    render(
      <ControlProvider call={control.call}>
        <ActionsContext value={{} as Actions}>
          <BackendTable variant="first" />
        </ActionsContext>
      </ControlProvider>,
    )
  })
const rowOf = (name: string) => screen.getByRole('row', { name: new RegExp(name) }).textContent

test('a free port and the providers of the section are shown', async () => {
  await show(off({ name: 'emotion', backend: 'emotion', port: 8768 }))
  expect(rowOf('emotion')).toContain('8768 free')
  expect(rowOf('emotion')).toContain('CUDA, CPU')
})

test('a port in use is shown, and a free one can be written', async () => {
  control.handlers['ports.examine'] = () => ({ report: TAKEN })
  await show(off({ name: 'emotion', backend: 'emotion', port: 8768 }))
  expect(rowOf('emotion')).toContain('8768 in use')
  expect(screen.getByTitle('Port 8768 on localhost is taken by python3.')).toBeTruthy()
  expect(screen.getByRole('button', { name: /8771/ })).toBeTruthy()
})

test('the model files of a built-in backend are counted, or the missing one is named with the remedy', async () => {
  await show(off({ name: 'emotion', backend: 'emotion' }))
  expect(rowOf('emotion')).toContain('4 files · 7.2 MiB')
  cleanup()
  const message = 'the model file /app/mesh.onnx cannot be opened (ENOENT); run `npm run models`'
  control.handlers['models.check'] = () => ({
    files: 4,
    bytes: 0,
    fault: { file: 'mesh.onnx', is_missing: true, remedy: 'convert', message },
  })
  await show(off({ name: 'emotion', backend: 'emotion' }))
  expect(rowOf('emotion')).toContain('No mesh.onnxRun npm run models')
  expect(screen.getAllByTitle(/^The model file \/app\/mesh\.onnx cannot be opened/)).toHaveLength(2)
})

test('a model file that cannot be read is reported before the start', async () => {
  await show(off({ name: 'own', backend: 'own', runtime: 'onnx' }))
  expect(rowOf('own')).toContain('No such file: /models/none.onnx')
})

test('of a program its command is shown, and it is not told what it runs on', async () => {
  await show(off({ name: 'mine', backend: 'mine', runtime: 'command' }))
  expect(rowOf('mine')).toContain('python3 serve.py')
  expect(rowOf('mine')).toContain('decided by its program')
})

test('without backends each source opens the wizard with it', () => {
  const { config } = aPlane()
  render(<NoBackends config={{ ...config, problems: [] }} />)
  fireEvent.click(screen.getByRole('button', { name: /External address/ }))
  expect(useUi.getState().wizardOpen).toBe(true)
  expect(useWizard.getState().draft.source).toBe('external')
})
