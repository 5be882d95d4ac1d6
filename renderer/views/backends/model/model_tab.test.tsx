// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BackendView } from '../../../../protocol/control.ts'
import type { ModelInspection } from '../../../../protocol/models.ts'
import { ControlError } from '../../../../protocol/errors.ts'
import { quoted } from '../../../../protocol/messages.ts'
import { ControlProvider } from '../../../state/control_context.tsx'
import { initialPanelState, usePanel } from '../../../state/panel_store.ts'
import { fakeControl, type FakeControl } from '../../../testing/fake_control.ts'
import { aBackend, TEST_EPOCH } from '../../../../testing/views.ts'
import { ModelTab } from './model_tab.tsx'

const file = {
  name: 'net',
  sha256: '9f1c04be'.padEnd(64, '7'),
  bytes: 2048,
  licence: 'MIT',
  origin: 'made here',
}
const inspection: ModelInspection = {
  name: 'net',
  path: '/models/net.onnx',
  bytes: 2048,
  modified_at: TEST_EPOCH,
  sha256: file.sha256,
  loaded_sha256: file.sha256,
  problem: null,
  header: {
    ir_version: 8,
    producer: 'pytorch 2.4',
    graph: 'g',
    opsets: [{ domain: 'ai.onnx', version: 17 }],
    metadata: { author: 'somebody' },
    inputs: [{ name: 'input', type: 'float16', shape: ['N', 3, 224, 224] }],
    outputs: [{ name: 'logits', type: 'float32', shape: [null, 8], operator: null }],
    nodes: 245,
    operators: [{ operator: 'Conv', nodes: 90 }],
    weight_bytes: 1024,
    external_data: [],
  },
}

let control: FakeControl
beforeEach(() => {
  usePanel.setState({ ...initialPanelState(TEST_EPOCH), connection: { phase: 'open' } })
  control = fakeControl({ 'models.inspect': () => ({ models: [inspection] }) })
})
afterEach(cleanup)

const show = (differing: Partial<BackendView> = {}) =>
  render(
    <ControlProvider call={control.call}>
      <ModelTab backend={aBackend({ models: [file], ...differing })} />
    </ControlProvider>,
  )

test('inputs and outputs have type and shape, open axes included', async () => {
  show()
  expect(await screen.findByText('N × 3 × 224 × 224')).toBeTruthy()
  expect(screen.getByText('any × 8')).toBeTruthy()
  expect(screen.getByText('2.0 KiB, opset 17, IR 8')).toBeTruthy()
  expect(screen.getByText('as loaded')).toBeTruthy()
})

test('a replaced file is shown, with the hash of the loaded one', async () => {
  control.handlers['models.inspect'] = () => ({
    models: [{ ...inspection, sha256: 'b'.repeat(64) }],
  })
  show()
  expect(await screen.findByText('differs from the loaded file')).toBeTruthy()
  expect(screen.getByText(/9f1c 04be … 7777 is loaded/)).toBeTruthy()
})

test('what the model leaves open is stated once, above its files', async () => {
  const message = 'no labels are set, and output "y" is read as 3 classes'
  show({ warnings: [{ code: 'classes_unverified', message }] })
  const list = await screen.findByRole('list', { name: 'Warnings about the model' })
  expect(list.textContent).toBe('No labels are set, and output "y" is read as 3 classes.')
})

test('nodes by provider are shown only where they were counted', async () => {
  const placement = {
    model: 'net',
    requested: ['CUDA'],
    granted: 'CUDA',
    on_cpu: ['resize'],
    summary: 'x',
  }
  show({ placements: [{ ...placement, nodes: { CUDA: 242, CPU: 3 } }] })
  expect(await screen.findByText('242')).toBeTruthy()
  expect(screen.getByText('On the CPU: resize')).toBeTruthy()
  cleanup()
  show({
    placements: [
      {
        ...placement,
        requested: ['CPU'],
        granted: 'CPU',
        nodes: null,
        on_cpu: [],
        summary: 'all nodes on CPU',
      },
    ],
  })
  expect(await screen.findByText('all nodes on CPU')).toBeTruthy()
})

test('a profile has the slowest nodes with their share', async () => {
  control.handlers['models.profile'] = ({ runs }) => ({
    runs,
    total_us: 4000,
    nodes: [
      { name: 'conv_1', operator: 'Conv', provider: 'CPU', mean_us: 3000 },
      { name: 'add', operator: 'Add', provider: 'CPU', mean_us: 1000 },
    ],
  })
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Profile 20 runs' }))
  expect(await screen.findByText('4.0 ms a run, mean of 20; 2 nodes after fusing')).toBeTruthy()
  expect(screen.getByText('75 %')).toBeTruthy()
})

test('a failed reload shows the reason, and the old model stays', async () => {
  control.handlers['models.reload'] = () => {
    throw new ControlError(
      'not_reloaded',
      quoted('not reloaded, the old model stays: it is damaged'),
    )
  }
  show()
  fireEvent.click(await screen.findByRole('button', { name: 'Reload from file' }))
  await screen.findByRole('button', { name: 'Reload from file' })
  expect(usePanel.getState().notices).toMatchObject([
    { title: 'emotion was not reloaded', text: 'not reloaded, the old model stays: it is damaged' },
  ])
})

test('a backend that runs elsewhere is not offered a reload', async () => {
  show({ runtime: 'external' })
  await screen.findByText('net')
  expect(screen.queryByRole('button', { name: 'Reload from file' })).toBeNull()
})

test('a backend that is off explains why there is nothing', () => {
  show({ models: [], is_live: false, is_ready: false })
  expect(
    screen.getByText('emotion is not running. Its model files are listed once they are loaded.'),
  ).toBeTruthy()
})
