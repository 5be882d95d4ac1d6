import { afterEach, expect, it } from 'vitest'
import type { Snapshot } from '../../protocol/control.ts'
import type { LogLine } from '../../protocol/log_lines.ts'
import { endPanels, startHeadless } from '../../testing/headless.ts'
import { freePort } from '../../testing/processes.ts'
import { connect, type Message } from '../../testing/wire_client.ts'

afterEach(endPanels)

it('a paused session gets events and replies only, and on resuming the state and the lines that it missed', async () => {
  const port = await freePort()
  const section = {
    runtime: 'command',
    port,
    command: [process.execPath, '-e', 'console.log("printed")'],
    enabled: false,
  }
  const panel = await startHeadless(
    JSON.stringify({ model_backends: { short: { ...section, max_reconnect_attempts: 0 } } }),
  )
  const control = await connect(`${panel.ws}/control`, { headers: panel.headers })
  const received: Message[] = []
  const take = async (isLast: (message: Message) => boolean) => {
    for (;;) {
      const message = await control.next()
      received.push(message)
      if (isLast(message)) return message
    }
  }
  const filter = { sources: ['short'] }
  control.send({ id: 98, method: 'logs.follow', params: { filter, limit: 10 } })
  control.send({ id: 99, method: 'session.pause', params: {} })
  await take(({ id }) => id === 99)
  received.length = 0
  control.send({ id: 100, method: 'backends.start', params: { name: 'short' } })
  const isFailed = ({ event, data }: Message) =>
    event === 'event' && (data as { state?: string }).state === 'failed'
  await take(isFailed)
  control.send({ id: 101, method: 'plane.snapshot', params: {} })
  const { result } = await take(({ id }) => id === 101)
  expect((result as Snapshot).backends[0]?.state).toBe('failed')
  const kinds = new Set(received.map(({ id, event }) => (id === undefined ? event : 'reply')))
  expect([...kinds].sort()).toEqual(['event', 'reply'])

  control.send({ id: 102, method: 'session.resume', params: {} })
  const snapshot = await take(({ event }) => event === 'snapshot')
  expect((snapshot.data as Snapshot).backends[0]?.state).toBe('failed')
  const logs = await take(({ event }) => event === 'logs')
  const { lines } = logs.data as { lines: LogLine[] }
  expect(lines.some(({ message }) => message === 'printed')).toBe(true)
  await take(({ id }) => id === 102)
  await control.close()
})
