import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { createControlClient } from './control_client.ts'
import { openNodeSocket } from './node_socket.ts'

const closings: (() => void)[] = []
afterEach(() => {
  for (const close of closings.splice(0)) close()
})

const clientOf = (url: string) =>
  createControlClient({ openSocket: () => openNodeSocket(url), reconnects: false })

const urlOf = (address: AddressInfo | string | null) =>
  `ws://127.0.0.1:${(address as AddressInfo).port}`

async function rejecting(status: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`))
  })
  closings.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return urlOf(server.address())
}

it.each([
  ['401 Unauthorized', 'unauthorized', /token/],
  ['403 Forbidden', 'disconnected', /HTTP 403/],
])('an upgrade that is answered with %s fails as %s', async (status, code, message) => {
  await expect(clientOf(await rejecting(status)).open()).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  })
})

it('a port on which nothing listens fails with the reason of the system', async () => {
  const url = await rejecting('')
  closings.splice(0).forEach((close) => close())
  await expect(clientOf(url).open()).rejects.toMatchObject({
    code: 'disconnected',
    message: expect.stringContaining('ECONNREFUSED') as string,
  })
})

it('calls and replies travel as text', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  closings.push(() => server.close())
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString('utf8')) as { id: number }
      socket.send(JSON.stringify({ id, result: { samples: [] } }))
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const client = clientOf(urlOf(server.address()))
  await client.open()
  expect(await client.call('backends.history', { name: 'emotion' })).toEqual({ samples: [] })
  client.dispose()
})
