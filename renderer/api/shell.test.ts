// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createControlClient } from '../../client/control_client.ts'
import type { DesktopBridge } from '../../protocol/desktop.ts'
import { BRIDGE_NAME } from '../../protocol/desktop_channels.ts'
import { copyText, desktopBridge, findShell } from './shell.ts'

const sent: string[] = []
let listeners: Parameters<DesktopBridge['openControl']>[0] | null = null
let opens: () => void = () => undefined
const copied = vi.fn(() => Promise.resolve())

beforeEach(() => {
  const bridge: Partial<DesktopBridge> = {
    gateway: 'ws://127.0.0.1:8765',
    openControl: (given) => {
      listeners = given
      return new Promise((resolve) => (opens = resolve))
    },
    sendControl: (text) => void sent.push(text),
    closeControl: vi.fn(),
    copy: copied,
  }
  vi.stubGlobal(BRIDGE_NAME, bridge)
})
afterEach(() => {
  vi.unstubAllGlobals()
  sent.length = 0
})

test('calls go over the bridge and answers come back; what came before the opening is not lost', async () => {
  const control = createControlClient({ ...findShell(), reconnects: true })
  const events: string[] = []
  const phases: string[] = []
  control.onEvent(({ event }) => events.push(event))
  control.onStatus(({ phase }) => phases.push(phase))
  control.open().catch(() => undefined)
  const event = { seq: 1, time: 1, kind: 'config', level: 'info', backend: null, message: 'x' }
  listeners?.message(JSON.stringify({ event: 'event', data: event }))
  expect(events).toEqual([])
  opens()
  await vi.waitFor(() => expect(events).toEqual(['event']))
  expect(phases).toEqual(['open'])
  const answer = control.call('backends.start', { name: 'emotion' })
  const { id, ...call } = JSON.parse(sent[0] ?? '') as { id: number }
  expect(call).toEqual({ method: 'backends.start', params: { name: 'emotion' } })
  listeners?.message(JSON.stringify({ id, result: {} }))
  expect(await answer).toEqual({})
  control.dispose()
})

test('a closed channel counts as disconnected, and is reopened', async () => {
  const control = createControlClient({ ...findShell(), reconnects: true })
  const phases: string[] = []
  control.onStatus(({ phase }) => phases.push(phase))
  control.open().catch(() => undefined)
  opens()
  await vi.waitFor(() => expect(phases).toEqual(['open']))
  const before = listeners
  listeners?.closed()
  await vi.waitFor(() => expect(phases).toContain('lost'))
  control.retryNow()
  expect(listeners).not.toBe(before)
  control.dispose()
})

test('the desktop copies by its own means; a browser by its clipboard', async () => {
  await copyText('ws://127.0.0.1:8765')
  expect(copied).toHaveBeenCalledWith('ws://127.0.0.1:8765')
  vi.unstubAllGlobals()
  expect(desktopBridge()).toBeNull()
  const writeText = vi.fn(() => Promise.resolve())
  vi.stubGlobal('navigator', { clipboard: { writeText } })
  await copyText('x')
  expect(writeText).toHaveBeenCalledWith('x')
})
