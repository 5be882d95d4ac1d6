import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readPauseOf } from './read_pause.ts'
import { closeTestPorts, openTestPort } from './testing/open_port.ts'

afterEach(closeTestPorts)

const silent = { messageBytesMax: 1000, sameOriginOnly: false, serve: () => undefined }

async function connecting(): Promise<WebSocket> {
  const port = await openTestPort({}, { endpointAt: () => silent })
  return new WebSocket(`ws://127.0.0.1:${port.port}/`)
}

describe('readPauseOf', () => {
  it('keeps a socket paused until the last reason is removed', async () => {
    const socket = await connecting()
    await once(socket, 'open')
    const pause = readPauseOf(socket)
    pause.set('unread', true)
    readPauseOf(socket).set('unsent', true)
    pause.set('unsent', true)
    expect(socket.isPaused).toBe(true)
    pause.set('unread', false)
    expect(socket.isPaused).toBe(true)
    pause.set('unsent', false)
    expect(socket.isPaused).toBe(false)
    socket.terminate()
  })

  it('pauses a socket that is still connecting once it opens', async () => {
    const socket = await connecting()
    readPauseOf(socket).set('unread', true)
    expect(socket.isPaused).toBe(false)
    await once(socket, 'open')
    expect(socket.isPaused).toBe(true)
    readPauseOf(socket).set('unread', false)
    expect(socket.isPaused).toBe(false)
    socket.terminate()
  })

  it('leaves a closed socket alone', async () => {
    const socket = await connecting()
    await once(socket, 'open')
    socket.terminate()
    await once(socket, 'close')
    readPauseOf(socket).set('unread', true)
    readPauseOf(socket).set('unread', false)
    expect(socket.isPaused).toBe(false)
  })
})
