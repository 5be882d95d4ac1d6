/** Health checks over real sockets: each interval brings either a pong or the reason why there is none. */
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { HealthProbe } from './health_probe.ts'
import { createWall } from './wall.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

/** What the probe tells, one thing at a time. */
function probeOf(port: number): { next(): Promise<string> } {
  const told: string[] = []
  let wake = () => {}
  const tell = (what: string) => {
    told.push(what)
    wake()
  }
  const probe = new HealthProbe({
    url: `ws://127.0.0.1:${port}`,
    token: null,
    intervalMs: 200,
    now: () => performance.now(),
    wall: createWall((error) => {
      throw error
    }),
    onPong: ({ status }) => {
      tell(status)
    },
    onMissed: tell,
  })
  cleanups.push(() => {
    probe.close()
  })
  return {
    next: async () => {
      while (told.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return told.shift() ?? ''
    },
  }
}

/** Answers each message with `reply`. */
async function serve(reply: string, port = 0): Promise<{ port: number; end(): Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port })
  await new Promise((resolve) => server.once('listening', resolve))
  server.on('connection', (socket) => {
    socket.on('message', () => {
      socket.send(reply)
    })
  })
  const end = async () => {
    for (const socket of server.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  cleanups.push(() => void end())
  return { port: (server.address() as AddressInfo).port, end }
}

it('a port that refuses every connection is missed again and again', async () => {
  const { port, end } = await serve('')
  await end()
  const probe = probeOf(port)
  for (let count = 0; count < 3; count++) {
    expect(await probe.next()).toBe('the port takes no connection')
  }
})

it('a port that is closed under a living process is missed until it is back', async () => {
  const pong = '{"type":"pong","status":"healthy"}'
  const first = await serve(pong)
  const probe = probeOf(first.port)
  expect(await probe.next()).toBe('healthy')
  await first.end()
  const told: string[] = []
  while (told.filter((what) => what !== 'healthy').length < 3) told.push(await probe.next())
  expect(new Set(told.filter((what) => what !== 'healthy'))).toEqual(
    new Set(['the connection closed', 'the port takes no connection']),
  )
  await serve(pong, first.port)
  let last = ''
  while (last !== 'healthy') last = await probe.next()
})

it('a port that accepts and never finishes the handshake is missed', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  server.on('connection', (socket) => {
    cleanups.push(() => socket.destroy())
  })
  const probe = probeOf((server.address() as AddressInfo).port)
  expect(await probe.next()).toBe('the port takes no connection')
})

it.each([
  ['not JSON', 'the answer to health_check is not JSON'],
  ['{"type":"pong"}', 'the answer to health_check is neither pong nor health_response'],
])('the answer %s is a miss that says so', async (reply, said) => {
  const { port } = await serve(reply)
  expect(await probeOf(port).next()).toBe(said)
})
