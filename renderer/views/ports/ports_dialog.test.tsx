// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PortReport } from '../../../protocol/ports.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { initialPanelState, usePanel } from '../../state/panel_store.ts'
import { useUi } from '../../state/ui_store.ts'
import { fakeControl, type FakeControl } from '../../testing/fake_control.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { PortsDialog } from './ports_dialog.tsx'

const FREE: PortReport = {
  ...{ host: 'localhost', port: 8770, verdict: 'free', holder: null, speaks: null },
  ...{ sentence: 'port 8770 on localhost is free', remedy: '', suggestion: null },
  ...{ free_in_s: null, notes: [] },
}
const HELD: PortReport = {
  ...FREE,
  ...{ port: 9000, verdict: 'in_use', suggestion: 8771 },
  holder: {
    pid: 9321,
    command: 'python3 -m http.server',
    started_at: null,
    user: null,
    reason: null,
  },
  sentence: 'Port 9000 on localhost is already in use by process 9321.',
  remedy: 'Set another port, such as 8771.',
}

let control: FakeControl
beforeEach(() => {
  control = fakeControl({
    'ports.examine': () => ({ report: FREE }),
    'ports.look': ({ port }) => ({ report: port === 9000 ? HELD : { ...FREE, port } }),
  })
  const config = {
    ...{ file: 'models.yaml', loaded_at: TEST_EPOCH },
    problems: [
      {
        ...{
          file: 'models.yaml',
          line: 2,
          key: 'model_backends.emotion.port',
          message: '',
          remedy: '',
        },
        ...{ taken_back: 'emotion', ports: { tried: 9000, kept: 8768 } },
      },
    ],
  }
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    connection: { phase: 'open' },
    snapshot: { gpus: null, plane: aPlane({ config }), backends: [aBackend()] },
  })
  useUi.setState({ portsOpen: true })
  render(
    <ControlProvider call={control.call}>
      <PortsDialog />
    </ControlProvider>,
  )
})
afterEach(() => {
  cleanup()
  useUi.setState({ portsOpen: false })
})

const check = (typed: string) => {
  fireEvent.change(screen.getByLabelText('Another port'), { target: { value: typed } })
  fireEvent.click(screen.getByRole('button', { name: 'Check' }))
}

test('the port that was refused is listed with its holder and a free one', async () => {
  const row = await screen.findByRole('row', { name: /9000 emotion, not active pid 9321, python3/ })
  expect(row.textContent).toContain('in use')
  expect(screen.getByRole('button', { name: 'Use port 8771' })).toBeTruthy()
})

test('any other port is looked at', async () => {
  check('12345')
  expect(await screen.findByRole('row', { name: /12345.*nobody.*free/ })).toBeTruthy()
  expect(control.asked).toContainEqual({
    method: 'ports.look',
    params: { host: 'localhost', port: 12_345 },
  })
})

test.each(['0', '65536', 'abc', ''])('"%s" is not a port, and is not looked at', (typed) => {
  check(typed)
  expect(screen.getByRole('alert').textContent).toContain('Enter a number from 1 to 65535.')
  expect(control.asked.filter(({ params }) => JSON.stringify(params).includes('12345'))).toEqual([])
})
