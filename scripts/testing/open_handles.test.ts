import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { leakedHandles, openHandles } from './open_handles.ts'

/** Turns within which the timers of the test runner itself have ended. */
const LONGER_THAN_THE_RUNNER = 300

it.each([
  {
    kind: 'Timeout',
    open: () => {
      const timer = setInterval(() => undefined, 1000)
      return () => clearInterval(timer)
    },
  },
  {
    kind: 'TCPServerWrap',
    open: async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return () => server.close()
    },
  },
  {
    kind: 'FSEventWrap',
    open: () => {
      const watcher = watch(import.meta.dirname)
      return () => watcher.close()
    },
  },
  {
    kind: 'ProcessWrap',
    open: () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        stdio: 'ignore',
      })
      return () => child.kill()
    },
  },
])('a $kind is reported until it is closed', async ({ kind, open }) => {
  const before = openHandles()
  const close = await open()
  expect(await leakedHandles(before, LONGER_THAN_THE_RUNNER)).toEqual([`1 ${kind}`])
  close()
  expect(await leakedHandles(before)).toEqual([])
})

it('both ends of a connection are reported', async () => {
  const before = openHandles()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  server.close()
  expect(await leakedHandles(before, LONGER_THAN_THE_RUNNER)).toContain('2 TCPSocketWrap')
  client.destroy()
  accepted.destroy()
  expect(await leakedHandles(before)).toEqual([])
})

it('a handle that is not kept open by the event loop is not reported', async () => {
  const before = openHandles()
  const timer = setInterval(() => undefined, 1000).unref()
  expect(await leakedHandles(before)).toEqual([])
  clearInterval(timer)
})
