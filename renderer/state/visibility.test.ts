// @vitest-environment happy-dom
/** A hidden page reports that and requests nothing automatically. */
import { beforeEach, expect, test } from 'vitest'
import type { ConnectionStatus } from '../../client/control_client.ts'
import { fakeControl } from '../testing/fake_control.ts'
import { TEST_EPOCH } from '../../testing/views.ts'
import { initialPanelState, isWatching, usePanel } from './panel_store.ts'
import { followVisibility } from './visibility.ts'

class Page extends EventTarget {
  hidden = false

  turn(hidden: boolean) {
    this.hidden = hidden
    this.dispatchEvent(new Event('visibilitychange'))
  }
}

let page: Page
let connection: (status: ConnectionStatus) => void
const control = fakeControl({ 'session.pause': () => ({}), 'session.resume': () => ({}) })
const asked = () => control.asked.map(({ method }) => method)

beforeEach(() => {
  control.asked.length = 0
  usePanel.setState(initialPanelState(TEST_EPOCH), true)
  page = new Page()
})

function follow() {
  const listeners: ((status: ConnectionStatus) => void)[] = []
  connection = (status) => {
    usePanel.setState({ connection: status })
    for (const listener of listeners) listener(status)
  }
  return followVisibility(
    {
      call: control.call,
      onStatus: (listener) => {
        listeners.push(listener)
        return () => undefined
      },
    },
    page,
  )
}

test('hiding pauses the session and showing resumes it', () => {
  follow()
  connection({ phase: 'open' })
  expect(asked()).toEqual([])
  page.turn(true)
  expect(isWatching(usePanel.getState())).toBe(false)
  page.turn(false)
  expect(isWatching(usePanel.getState())).toBe(true)
  expect(asked()).toEqual(['session.pause', 'session.resume'])
})

test('a page that is opened hidden pauses each new connection', () => {
  page.hidden = true
  follow()
  connection({ phase: 'open' })
  connection({ phase: 'lost', sinceMs: 0, attempt: 1, retryAtMs: null })
  page.turn(true)
  connection({ phase: 'open' })
  expect(asked()).toEqual(['session.pause', 'session.pause'])
})

test('after its end it reports nothing', () => {
  const end = follow()
  connection({ phase: 'open' })
  end()
  page.turn(true)
  expect(asked()).toEqual([])
})
