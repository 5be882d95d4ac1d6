// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { ControlClient } from '../../../client/control_client.ts'
import { createInferenceClient } from '../../api/inference_client.ts'
import { useKeys } from '../../hooks/use_keys.ts'
import { ActionsContext } from '../../state/actions_context.ts'
import { ControlProvider } from '../../state/control_context.tsx'
import { initialPanelState, reduceSnapshot, usePanel } from '../../state/panel_store.ts'
import { startSession } from '../../state/session.ts'
import { createPlaygroundSender } from '../../state/playground_send.ts'
import { useUi } from '../../state/ui_store.ts'
import { aBackend, aPlane, TEST_EPOCH } from '../../../testing/views.ts'
import { BackendTable } from './backend_table.tsx'
import { DetailPane } from './detail_pane.tsx'
import { useRowKeys } from '../../hooks/row_keys.ts'

const snapshot = {
  gpus: null,
  plane: aPlane(),
  backends: [
    aBackend({
      name: 'fatigue',
      latency_ms: { p50: 6.4, p95: 11.9, p99: 140.9 },
      gpu_reason: 'runs on CPU',
      warnings: [
        { code: 'classes_unverified', message: 'no labels are set' },
        { code: 'preprocess_unverified', message: 'no range is set' },
      ],
    }),
    aBackend({ name: 'emotion', state: 'disabled', wanted: false, pid: null }),
    aBackend({ name: 'eeg', state: 'failed', detail: 'port 8769 is taken', pid: null }),
  ],
}

let calls: unknown[] = []
const never = () => new Promise<never>(() => undefined)
const deaf = () => () => undefined
const client: ControlClient = {
  call: (method, params) => {
    calls.push([method, params])
    return never()
  },
  open: never,
  refresh: never,
  snapshotWhere: never,
  onEvent: deaf,
  onStatus: deaf,
  onMisfit: deaf,
  retryNow: () => undefined,
  dispose: () => undefined,
}
const inference = createInferenceClient(() => {
  throw new Error('no request is sent here')
})
const session = startSession(client)
const actions = { panel: session.actions, sender: createPlaygroundSender(inference) }

function View() {
  useKeys(useRowKeys())
  return <BackendTable variant="full" />
}

beforeEach(() => {
  calls = []
  usePanel.setState({
    ...initialPanelState(TEST_EPOCH),
    snapshot,
    connection: { phase: 'open' },
  })
  useUi.setState({ selectedBackend: null, singleKeys: true, view: 'backends' })
  render(
    <ActionsContext value={actions}>
      <View />
    </ActionsContext>,
  )
})
afterEach(cleanup)
afterAll(() => {
  session.dispose()
  actions.sender.dispose()
})

const rowOf = (name: string) => {
  const row = document.querySelector<HTMLElement>(`tr[data-backend="${name}"]`)
  if (!row) throw new Error(`no row for ${name}`)
  return row
}
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key })

test('the grid has one tab stop among its rows', () => {
  const stops = [...document.querySelectorAll('tr[data-backend]')].filter(
    (row) => row.getAttribute('tabindex') === '0',
  )
  expect(stops).toEqual([rowOf('fatigue')])
})

test('a snapshot and a step of the clock render only the rows that change', () => {
  let renders = 0
  const watched = aBackend({ name: 'watched' })
  const { queue_limit: limit } = watched
  // Only the load cell reads its limit.
  Object.defineProperty(watched, 'queue_limit', {
    enumerable: true,
    get: () => (renders++, limit),
  })
  act(() => usePanel.setState({ snapshot: { ...snapshot, backends: [aBackend(), watched] } }))
  const pushed = [aBackend({ pid: 4711 }), aBackend({ name: 'watched' })]
  const change = reduceSnapshot(usePanel.getState(), { ...snapshot, backends: pushed })
  renders = 0
  act(() => usePanel.setState({ ...change, nowMs: TEST_EPOCH + 61_000 }))
  expect(rowOf('emotion').textContent).toContain('4711')
  expect(rowOf('watched').textContent).toContain('1 m 01 s')
  expect(renders).toBe(0)
  // Counts a row that does render.
  act(() => rowOf('watched').focus())
  expect(renders).toBeGreaterThan(0)
})

test('in a narrow window a click on a row opens the pane, and one on its switch does not', () => {
  const windowWidth = window.innerWidth
  try {
    Object.assign(window, { innerWidth: 900 })
    fireEvent.click(screen.getByRole('switch', { name: 'emotion' }))
    expect(useUi.getState().drawerOpen).toBe(false)
    fireEvent.click(rowOf('eeg'))
    expect(useUi.getState()).toMatchObject({ selectedBackend: 'eeg', drawerOpen: true })
  } finally {
    Object.assign(window, { innerWidth: windowWidth })
    useUi.setState({ drawerOpen: false })
  }
})

test('arrows and J, K move the focus and stop at both ends', () => {
  rowOf('fatigue').focus()
  press('ArrowDown')
  expect(document.activeElement).toBe(rowOf('emotion'))
  press('j')
  press('j')
  expect(document.activeElement).toBe(rowOf('eeg'))
  press('k')
  press('ArrowUp')
  press('ArrowUp')
  expect(document.activeElement).toBe(rowOf('fatigue'))
})

test('Space moves the switch immediately and calls Switchyard', () => {
  rowOf('emotion').focus()
  press(' ')
  expect(calls).toEqual([['backends.start', { name: 'emotion' }]])
  expect(screen.getByRole('switch', { name: 'emotion' }).getAttribute('aria-checked')).toBe('true')
})

test('while the control plane is lost, keys and switches do nothing', () => {
  const connection = { phase: 'lost', sinceMs: 0, attempt: 1, retryAtMs: null } as const
  act(() => usePanel.setState({ connection }))
  rowOf('emotion').focus()
  press(' ')
  press('r')
  fireEvent.click(screen.getByRole('switch', { name: 'emotion' }))
  expect(calls).toEqual([])
})

test('R restarts, and single keys can be turned off', () => {
  rowOf('fatigue').focus()
  press('r')
  expect(calls).toEqual([['backends.restart', { name: 'fatigue' }]])
  useUi.setState({ singleKeys: false })
  press('r')
  expect(calls).toHaveLength(1)
})

test('a cell has its values with units as its name, or the reason why there are none', () => {
  expect(
    screen.getByLabelText(/^p50 6.4 milliseconds, p95 11.9 milliseconds, p99 141/),
  ).toBeTruthy()
  expect(screen.getAllByLabelText('GPU not available: runs on CPU')).toHaveLength(3)
})

test('model warnings are counted beside the state, and the process keeps its place', () => {
  expect(screen.getByTitle('2 model warnings').textContent).toContain('2')
  expect(rowOf('fatigue').querySelector('.state + .line-2')?.textContent).toMatch(/^41836 · /)
})

test('a failed backend shows the reason and the fixes below it', () => {
  expect(screen.getByText(/eeg failed: port 8769 is taken/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Start eeg again' }))
  expect(calls).toEqual([['backends.restart', { name: 'eeg' }]])
})

test('a busy row shows for how long and caps the missed checks, an unreachable one shows why', () => {
  const busy = aBackend({
    name: 'pose',
    runtime: 'command',
    state: 'busy',
    silent_since: TEST_EPOCH - 134_000,
    in_flight: 1,
    missed_pongs: 134,
  })
  const away = aBackend({
    name: 'lab',
    runtime: 'external',
    state: 'unreachable',
    detail: 'nothing listens at lab-2:8773 (connection refused)',
    pid: null,
  })
  act(() => usePanel.setState({ snapshot: { ...snapshot, backends: [busy, away] } }))
  expect(rowOf('pose').textContent).toContain('Busy 2 m 14 s')
  expect(rowOf('pose').textContent).toContain('running requests; not answering health checks')
  expect(screen.getByText('99+ missed').title).toBe('134 missed')
  expect(rowOf('lab').textContent).toContain('Unreachable')
  expect(screen.getByText(/^nothing listens at lab-2:8773/).className).toContain('stop')
})

test('of an unreachable external backend the pane offers to reconnect, and no test', () => {
  cleanup()
  const away = aBackend({
    runtime: 'external',
    state: 'unreachable',
    detail: 'no route',
    pid: null,
  })
  render(
    <ControlProvider call={() => new Promise(() => undefined)}>
      <ActionsContext value={actions}>
        <DetailPane backend={away} />
      </ActionsContext>
    </ControlProvider>,
  )
  expect(screen.queryByRole('button', { name: 'Test' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Reconnect' }))
  expect(calls).toContainEqual(['backends.restart', { name: 'emotion' }])
})
