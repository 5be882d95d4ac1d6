import { request as httpRequest } from 'node:http'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { SECURITY_HEADERS } from './http_answers.ts'
import { ECHO, closeTestPorts, openTestPort as open } from './testing/open_port.ts'
import { exchange, rawClient, upgradeLines } from './testing/raw_client.ts'
import { refusalOfPeer } from './token.ts'

const timers: NodeJS.Timeout[] = []
afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer)
  await closeTestPorts()
})

const get = (...headers: string[]) => ['GET / HTTP/1.1', ...headers, 'Connection: close']
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])

describe('every request and every upgrade', () => {
  const cases: [string, string[], number][] = [
    ['of a program passes', ['Host: localhost'], 0],
    ['with an empty Host is refused', ['Host: '], 403],
    ['with two Hosts is refused', ['Host: localhost', 'Host: evil.example'], 400],
    ['to a foreign Host is refused', ['Host: evil.example'], 403],
    ['of a web page is refused', ['Host: localhost', 'Origin: https://evil.example'], 403],
    ['of a sandboxed page is refused', ['Host: localhost', 'Origin: null'], 403],
    [
      'of a browser for another page is refused',
      ['Host: localhost', 'Sec-Fetch-Site: cross-site'],
      403,
    ],
  ]
  it.each(cases)('%s', async (_title, headers, status) => {
    const { port } = await open()
    expect(statusOf(await exchange(port, ...get(...headers)))).toBe(status || 200)
    const upgrade = upgradeLines('/echo', ...headers).filter((line) => line !== 'Host: localhost')
    const isIn = headers.filter((line) => line === 'Host: localhost')
    const { socket, received } = rawClient(port)
    socket.write(`${[...upgrade, ...isIn].join('\r\n')}\r\n\r\n`)
    if (status === 0) {
      const [first] = (await once(socket, 'data')) as [Buffer]
      expect(first.toString()).toMatch(/^HTTP\/1\.1 101 /)
      socket.destroy()
    }
    expect(statusOf(await received)).toBe(status || 101)
  })

  it('a WebSocket that does not exist is answered with what there is', async () => {
    const { port, refused } = await open()
    const answer = await exchange(port, ...upgradeLines('/other?token=secret-secret'))
    expect(statusOf(answer)).toBe(404)
    expect(answer).toContain('there is /echo')
    expect(refused).toEqual(['/other: there is /echo'])
  })

  it.each([
    ['Sec-WebSocket-Key', 'Sec-WebSocket-Key: short'],
    ['Sec-WebSocket-Version', 'Sec-WebSocket-Version: 1'],
  ])('a handshake with a bad %s is answered 400', async (name, line) => {
    const { port } = await open()
    const lines = upgradeLines('/echo').filter((one) => !one.startsWith(name))
    expect(statusOf(await exchange(port, ...lines, line))).toBe(400)
  })
})

describe('an answer', () => {
  it.each(['TRACE', 'OPTIONS', 'POST', 'DELETE', 'BREW', 'CONNECT'])(
    'to %s is 405 and names the allowed method',
    async (method) => {
      const { port } = await open()
      const target = method === 'CONNECT' ? 'evil.example:443' : '/'
      const answer = await exchange(port, `${method} ${target} HTTP/1.1`, 'Host: localhost')
      expect(statusOf(answer)).toBe(405)
      expect(answer).toMatch(/^allow: GET, HEAD\r$/im)
    },
  )

  it.each([
    ['a page', get('Host: localhost')],
    ['a refused request', get('Host: evil.example')],
    ['a method that is not allowed', ['PUT / HTTP/1.1', 'Host: localhost']],
    ['a refused upgrade', upgradeLines('/none')],
    ['bytes that are not a request', ['\u0016\u0003\u0001']],
  ])('to %s has the security headers and does not tell what serves it', async (_what, lines) => {
    const { port } = await open()
    const answer = (await exchange(port, ...lines)).toLowerCase()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      expect(answer).toContain(`\r\n${name}: ${value.toLowerCase()}\r\n`)
    }
    expect(answer).toContain("\r\ncontent-security-policy: default-src 'none'")
    expect(answer).not.toMatch(/\r\n(server|x-powered-by):/)
  })

  it.each(['//', '/%', '/%00', 'http://[', '*', '/?%', '/?token=%ff', 'http://evil.example/x'])(
    'comes for the address %s',
    async (address) => {
      const { port } = await open()
      const answer = await exchange(
        port,
        `GET ${address} HTTP/1.1`,
        'Host: localhost',
        'Connection: close',
      )
      expect([200, 400]).toContain(statusOf(answer))
    },
  )

  it('to a refused request does not wait for its body', async () => {
    const { port } = await open()
    const answer = await exchange(port, 'POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 9')
    expect(statusOf(answer)).toBe(405)
  })
})

describe('a client that is too slow', () => {
  const LIMITS = { headersTimeoutMs: 150, requestTimeoutMs: 150, timeoutCheckMs: 20 }

  it.each([
    ['request', get('Host: localhost', 'X-Slow: ')],
    ['upgrade', upgradeLines('/echo', 'X-Slow: ')],
  ])('is cut when its %s comes a byte at a time', async (_what, lines) => {
    const { port } = await open(LIMITS)
    const { socket, received } = rawClient(port)
    socket.write(lines.join('\r\n'))
    timers.push(
      setInterval(() => {
        if (socket.writable) socket.write('x')
      }, 20),
    )
    expect(statusOf(await received)).toBe(408)
  })

  it('is cut when nothing comes at all', async () => {
    const { port } = await open(LIMITS)
    expect(statusOf(await rawClient(port).received)).toBe(408)
  })

  it('is cut when it keeps a connection without a next request', async () => {
    const { port } = await open({ keepAliveTimeoutMs: 50 })
    const answer = await exchange(port, 'GET / HTTP/1.1', 'Host: localhost')
    expect(statusOf(answer)).toBe(200)
  })

  it('is cut when it does not read a page', async () => {
    // More than the system's buffers hold.
    const page = Buffer.alloc(64 * 1024 * 1024)
    const cuts: Promise<unknown>[] = []
    const { port } = await open(
      { idleTimeoutMs: 100 },
      {
        answer: (_request, response) => {
          cuts.push(once(response, 'close'))
          response.end(page)
        },
      },
    )
    const { socket, received } = rawClient(port)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    while (cuts.length === 0) await new Promise(setImmediate)
    await cuts[0]
    socket.resume()
    expect((await received).length).toBeLessThan(page.length)
  })
})

describe('header lines', () => {
  it.each([
    ['a request', get],
    ['an upgrade', (...more: string[]) => upgradeLines('/echo', ...more)],
  ])(
    'of %s in too great a number are answered 431, so that none is overlooked',
    async (_, lines) => {
      const { port } = await open({ headersMax: 20 })
      const filler = Array.from({ length: 20 }, (_none, index) => `X-${index}: 1`)
      const answer = await exchange(
        port,
        ...lines('Host: localhost', ...filler, 'Origin: https://evil.example'),
      )
      expect(statusOf(answer)).toBe(431)
    },
  )

  it('that are too long are answered 431', async () => {
    const { port } = await open({ headerBytesMax: 2000 })
    const answer = await exchange(port, ...get('Host: localhost', `X: ${'x'.repeat(3000)}`))
    expect(statusOf(answer)).toBe(431)
  })
})

describe('a token', () => {
  const TOKEN = 'the-right-token-of-this-port'
  const asked = (port: number, authorization: string) =>
    exchange(port, ...get('Host: localhost', 'Via: 1.1 proxy', `Authorization: ${authorization}`))
  const demandToken = {
    refusalOf: (request: Parameters<typeof refusalOfPeer>[0]) => refusalOfPeer(request, TOKEN),
  }

  it('that is wrong is answered late, and the right one from the same address immediately', async () => {
    // A delay beyond the test: only closing the port ends the wait.
    const { port, close } = await open(
      { wrongTokenDelayMs: 600_000, wrongTokenDelayMsMax: 600_000 },
      demandToken,
    )
    const order: string[] = []
    const wrong = asked(port, 'Bearer wrong').then((answer) => order.push(`wrong ${answer.length}`))
    const right = await asked(port, `Bearer ${TOKEN}`)
    order.push(`right ${statusOf(right)}`)
    await close('no more waiting')
    await wrong
    expect(order).toEqual(['right 200', 'wrong 0'])
  })

  it('that is wrong is refused in the end, pages and WebSockets alike', async () => {
    const { port } = await open({ wrongTokenDelayMs: 1 }, demandToken)
    const answer = await asked(port, 'Bearer wrong')
    expect(statusOf(answer)).toBe(401)
    expect(answer).toMatch(/^www-authenticate: Bearer\r$/im)
    const lines = upgradeLines('/echo', 'Via: 1.1 proxy', 'Authorization: Bearer wrong')
    expect(statusOf(await exchange(port, ...lines))).toBe(401)
  })

  it('is in no line of the log, right or wrong, in a header or in the address', async () => {
    const { port, refused } = await open({ wrongTokenDelayMs: 1 }, demandToken)
    for (const token of [TOKEN, 'a-wrong-token-of-somebody']) {
      await asked(port, `Bearer ${token}`)
      await exchange(
        port,
        ...upgradeLines(`/none?token=${token}`, `Authorization: Bearer ${token}`),
      )
      await exchange(port, `GET /?token=${token} HTTP/1.1`, 'Host: evil.example')
      await exchange(port, `PUT /?token=${token} HTTP/1.1`, 'Host: localhost', 'Via: 1.1 proxy')
    }
    expect(refused.length).toBeGreaterThanOrEqual(7)
    expect(refused.join('\n')).not.toMatch(/token-of/)
  })
})

describe('connections', () => {
  it('over the limit are answered 503, and there is room again when one closes', async () => {
    const { port, refused } = await open({ connectionsMax: 2 })
    const [one, two] = [rawClient(port), rawClient(port)]
    await Promise.all([once(one.socket, 'connect'), once(two.socket, 'connect')])
    const answer = await exchange(port, ...get('Host: localhost'))
    expect(statusOf(answer)).toBe(503)
    expect(answer).toMatch(/^retry-after: 10\r$/im)
    expect(refused).toEqual(['2 connections are open'])
    one.socket.destroy()
    for (;;) if (statusOf(await exchange(port, ...get('Host: localhost'))) === 200) break
    two.socket.destroy()
  })

  describe('of a full port', () => {
    let nowMs = 0
    const full = (clients: number, isTrusted = false) =>
      open(
        { connectionsMax: clients, reservedConnectionsMax: 1 },
        { endpointAt: () => ECHO, now: () => nowMs, isProven: () => isTrusted },
      )
    async function connect(port: number): Promise<WebSocket> {
      const client = new WebSocket(`ws://127.0.0.1:${port}/echo`)
      await once(client, 'open')
      return client
    }
    const echo = async (client: WebSocket) => {
      client.send('here')
      await once(client, 'message')
    }

    it('make room for a newcomer: the one that was idle longest is closed with 1013', async () => {
      const { port, refused } = await full(2)
      const [first, second] = [await connect(port), await connect(port)]
      nowMs += 5000
      await echo(first)
      nowMs += 5000
      const closed = once(second, 'close') as Promise<[number, Buffer]>
      const newcomer = await connect(port)
      const [code, reason] = await closed
      expect([code, reason.toString()]).toEqual([
        1013,
        'the port is full and this connection was idle longest',
      ])
      await echo(newcomer)
      await echo(first)
      expect(refused).toEqual(['the port is full; the longest idle connection was closed'])
      for (const client of [first, newcomer]) client.terminate()
    })

    it('are none of them closed while they are in use; one with the token comes in all the same', async () => {
      const { port } = await full(2)
      const clients = [await connect(port), await connect(port)]
      expect(statusOf(await exchange(port, ...get('Host: localhost')))).toBe(503)
      expect(statusOf(await exchange(port, ...upgradeLines('/echo')))).toBe(503)
      const own = await full(2, true)
      const others = [await connect(own.port), await connect(own.port)]
      const third = await connect(own.port)
      await echo(third)
      for (const client of [...clients, ...others, third]) client.terminate()
    })
  })

  it('are all closed with the port: silent ones, WebSockets, and refused ones that wait', async () => {
    const opened = await open(
      { wrongTokenDelayMs: 600_000, wrongTokenDelayMsMax: 600_000 },
      {
        refusalOf: ({ url }) =>
          url === '/echo' ? null : { status: 401, reason: 'no', isWrongToken: true },
        endpointAt: () => ECHO,
      },
    )
    const silent = rawClient(opened.port)
    await once(silent.socket, 'connect')
    const client = new WebSocket(`ws://127.0.0.1:${opened.port}/echo`)
    await once(client, 'open')
    const closed = once(client, 'close')
    const waiting = exchange(opened.port, ...upgradeLines('/wrong'))
    await opened.close('bye')
    expect(await closed).toEqual([1001, Buffer.from('bye')])
    expect(await waiting).toBe('')
    await silent.received
  })

  it('that break before they say anything do not stop the port', async () => {
    const { port } = await open()
    for (let index = 0; index < 20; index++) {
      const { socket, received } = rawClient(port)
      socket.write(upgradeLines('/echo').join('\r\n'))
      socket.resetAndDestroy()
      await received
    }
    expect(statusOf(await exchange(port, ...get('Host: localhost')))).toBe(200)
  })
})

it('a taken port rejects with the error of Node and leaves nothing running', async () => {
  const { port } = await open()
  await expect(open({}, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

it('a page of the panel can be asked for with HEAD', async () => {
  const { port } = await open()
  const request = httpRequest({ port, method: 'HEAD', headers: { host: 'localhost' } })
  request.end()
  const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  expect(response.statusCode).toBe(200)
})

describe('a page of an allowed origin', () => {
  const more = { ownOrigins: ['https://app.example.com'], allowedNames: [] }
  const page = ['Host: localhost', 'Origin: https://app.example.com']
  it('may read answers, and ask before it sends the token', async () => {
    const { port } = await open({}, more)
    const answer = await exchange(port, ...get(...page))
    expect(statusOf(answer)).toBe(200)
    expect(answer).toMatch(/^access-control-allow-origin: https:\/\/app\.example\.com\r$/im)
    expect(answer).toMatch(/^cross-origin-resource-policy: cross-origin\r$/im)
    const asked = await exchange(port, 'OPTIONS / HTTP/1.1', ...page, 'Connection: close')
    expect(statusOf(asked)).toBe(204)
    expect(asked).toMatch(/^access-control-allow-headers: authorization\r$/im)
  })
  it('is the only one that may', async () => {
    const { port } = await open({}, more)
    for (const origin of ['https://evil.example', 'null', 'http://app.example.com']) {
      for (const method of ['GET', 'OPTIONS']) {
        const lines = [`${method} / HTTP/1.1`, 'Host: localhost', `Origin: ${origin}`]
        const answer = await exchange(port, ...lines, 'Connection: close')
        expect(statusOf(answer)).toBe(403)
        expect(answer).not.toMatch(/^access-control/im)
      }
    }
    const local = ['Host: localhost', 'Origin: http://localhost:3000', 'Connection: close']
    expect(statusOf(await exchange(port, 'OPTIONS / HTTP/1.1', ...local))).toBe(405)
  })
})
