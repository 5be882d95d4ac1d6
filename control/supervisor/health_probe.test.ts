/** Health checks over real sockets: each interval yields either a pong or the reason for its absence. */
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { HealthProbe } from './health_probe.ts'
import { createWall } from './wall.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean()
})

/** The probe's reports, in order. */
function probeOf(
  port: number,
  host = '127.0.0.1',
): { next(): Promise<string>; nextNotSilent(): Promise<string> } {
  const told: string[] = []
  let wake = () => {}
  const tell = (what: string) => {
    told.push(what)
    wake()
  }
  const probe = new HealthProbe({
    url: `ws://${host}:${port}`,
    token: null,
    intervalMs: 200,
    retryMsMax: 1000,
    now: () => performance.now(),
    wall: createWall((error) => {
      throw error
    }),
    onPong: ({ status }) => {
      tell(status)
    },
    onMissed: ({ kind, reason }) => {
      tell(`${kind}: ${reason.message.replaceAll(String(port), 'PORT')}`)
    },
  })
  cleanups.push(() => {
    probe.close()
  })
  const next = async () => {
    while (told.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return told.shift() ?? ''
  }
  return {
    next,
    // On a busy machine a reply may arrive after the interval.
    nextNotSilent: async () => {
      let last = await next()
      while (last.startsWith('silent')) last = await next()
      return last
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

const REFUSED = 'refused: nothing listens at 127.0.0.1:PORT (connection refused)'

it('a port that refuses every connection is missed again and again', async () => {
  const { port, end } = await serve('')
  await end()
  const probe = probeOf(port)
  for (let count = 0; count < 3; count++) {
    expect(await probe.next()).toBe(REFUSED)
  }
})

it('a port that is closed under a living process is missed until it is back', async () => {
  const pong = '{"type":"pong","status":"healthy"}'
  const first = await serve(pong)
  const probe = probeOf(first.port)
  expect(await probe.nextNotSilent()).toBe('healthy')
  await first.end()
  const told: string[] = []
  while (told.filter((what) => what !== 'healthy').length < 3) told.push(await probe.next())
  expect(new Set(told.filter((what) => what !== 'healthy'))).toEqual(
    new Set(['closed: 127.0.0.1:PORT closed the connection', REFUSED]),
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
  expect(await probe.next()).toBe(
    'silent: 127.0.0.1:PORT did not complete the WebSocket handshake within 0.2 s',
  )
})

it.each([
  ['not JSON', 'the answer to health_check is not JSON'],
  [
    '{"type":"pong"}',
    'its pong has the status undefined; use one of healthy, loading, degraded, unhealthy',
  ],
  [
    '{"type":"pong","status":"ok"}',
    'its pong has the status "ok"; use one of healthy, loading, degraded, unhealthy',
  ],
  [
    '{"type":"pong","status":"healthy","pid":"x"}',
    'its pong does not match the protocol: {"type":"pong","status":"healthy","pid":"x"}',
  ],
  [
    '{"hello":"\\u001b[31m"}',
    'the answer to health_check is neither pong nor health_response: {"hello":"\\u001b[31m"}',
  ],
  ['null', 'the answer to health_check is neither pong nor health_response: null'],
])('the answer %s is a miss with that reason', async (reply, said) => {
  const { port } = await serve(reply)
  expect(await probeOf(port).nextNotSilent()).toBe(`wrong_answer: ${said}`)
})

it('a message before the pong is passed over', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  server.on('connection', (socket) => {
    socket.send('{"type":"welcome"}')
    socket.on('message', () => {
      socket.send('{"type":"welcome"}')
      socket.send('{"type":"pong","status":"healthy"}')
    })
  })
  const probe = probeOf((server.address() as AddressInfo).port)
  for (let count = 0; count < 3; count++) expect(await probe.nextNotSilent()).toBe('healthy')
})

it.each([
  [
    200,
    'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
    'answered HTTP 200 instead of opening a WebSocket at /',
  ],
  [
    404,
    'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
    'answered HTTP 404 instead of opening a WebSocket at /',
  ],
  [
    'no HTTP',
    'SSH-2.0-OpenSSH_9.2\r\n',
    /^wrong_answer: no WebSocket at 127.0.0.1:PORT: Parse Error/,
  ],
  ['an end', null, 'closed the connection during the WebSocket handshake'],
])('a port that answers the handshake with %s is reported', async (_what, bytes, said) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  const told = await probeOf((server.address() as AddressInfo).port).nextNotSilent()
  if (typeof said === 'string') expect(told).toBe(`wrong_answer: 127.0.0.1:PORT ${said}`)
  else expect(told).toMatch(said)
})

it('a name that does not resolve is reported as such', async () => {
  const probe = probeOf(8773, 'nosuch.invalid')
  expect(await probe.next()).toMatch(
    /^refused: the name "nosuch.invalid" does not resolve \((ENOTFOUND|EAI_AGAIN)\)$/,
  )
})
