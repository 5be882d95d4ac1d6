/** The bundled preload in a bare context, as in a sandboxed renderer: no module but `electron`, and no Buffer. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { APP_ORIGIN, type DesktopBridge } from '../protocol/desktop.ts'
import { BRIDGE_NAME, CALL, TO_PAGE } from '../protocol/desktop_channels.ts'
import { ROOT_DIR } from '../testing/processes.ts'

type Listener = (event: object, ...given: unknown[]) => void

function load() {
  const listeners = new Map<string, Listener>()
  const invoke = vi.fn((channel: string, ...given: unknown[]) => {
    // What Electron would do, and refuse.
    structuredClone(given)
    return Promise.resolve(structuredClone({ channel }))
  })
  const exposed = new Map<string, unknown>()
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => exposed.set(name, api) },
    ipcRenderer: {
      on: (name: string, listener: Listener) => listeners.set(name, listener),
      invoke,
    },
    webUtils: { getPathForFile: () => '/a.png' },
  }
  const module = { exports: {} }
  const context = createContext({
    module,
    exports: module.exports,
    process: { argv: ['electron', '--switchyard-gateway=ws://127.0.0.1:8765'] },
    require: (name: string) => {
      if (name !== 'electron') throw new Error(`module not found: ${name}`)
      return electron
    },
  })
  runInContext(readFileSync(path.join(ROOT_DIR, 'dist/electron/preload.cjs'), 'utf8'), context)
  const bridge = exposed.get(BRIDGE_NAME) as DesktopBridge
  const emit = (channel: string, ...given: unknown[]) => listeners.get(channel)?.({}, ...given)
  return { bridge, exposed, invoke, emit }
}

test('one object is exposed, of functions and plain data', () => {
  const { bridge, exposed } = load()
  expect([...exposed.keys()]).toEqual([BRIDGE_NAME])
  for (const [name, value] of Object.entries(bridge)) {
    expect([name, typeof value]).toEqual([name, name === 'gateway' ? 'string' : 'function'])
  }
  expect(bridge.gateway).toBe('ws://127.0.0.1:8765')
})

test('all that crosses the bridge can be cloned, and each call has its fixed channel', async () => {
  const { bridge, invoke, emit } = load()
  const message = vi.fn()
  await bridge.openControl({ message, closed: () => undefined })
  bridge.sendControl('{}')
  await bridge.change({ notifications: true })
  await bridge.copy(APP_ORIGIN)
  const received = await Promise.all([bridge.read(), bridge.checkUpdate(), bridge.chooseModel()])
  for (const one of received) expect(structuredClone(one)).toEqual(one)
  const commands = vi.fn()
  bridge.onCommand(commands)
  bridge.closeControl()
  const channels = invoke.mock.calls.map(([channel]) => channel)
  expect(channels.every((one) => Object.values<string>(CALL).includes(one))).toBe(true)
  emit(TO_PAGE.command, { kind: 'view', view: 'logs' })
  // The event, and with it Electron's sender, stays in the preload.
  expect(commands.mock.calls).toEqual([[{ kind: 'view', view: 'logs' }]])
})

test('messages of the control plane arrive and are confirmed; after the close they are dropped', async () => {
  const { bridge, invoke, emit } = load()
  const message = vi.fn()
  await bridge.openControl({ message, closed: () => undefined })
  for (let mark = 1; mark <= 8; mark++) emit(TO_PAGE.message, `text ${mark}`, mark)
  expect(message.mock.calls).toHaveLength(8)
  expect(invoke.mock.calls.at(-1)).toEqual([CALL.ack, 8])
  bridge.closeControl()
  emit(TO_PAGE.message, 'late', 9)
  expect(message.mock.calls).toHaveLength(8)
})
