/** Uses real servers where HTTP matters. */
import { createServer, type RequestListener, type Server } from 'node:http'
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as NetServer,
} from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  delayToNextLook,
  IDLE_SCRAPE_INTERVAL_MS,
  NO_PAGE_INTERVAL_MS,
  PAGE_BYTES_MAX,
  SCRAPE_INTERVAL_MS,
  SCRAPE_TIMEOUT_MS,
  Scraper,
  type ScrapeOutcome,
} from './scraper.ts'

const URL_OF_NOBODY = 'http://127.0.0.1:1/metrics'

describe('the time of the next look', () => {
  it.each([
    ['in the middle of a second, a second later', 500, 1000],
    ['a little late, at the next middle', 580, 920],
    [
      'before the middle of an unseen second, not immediately: this second has had its reading',
      10_499,
      1001,
    ],
    ['at the begin of a second', 3000, 500],
    ['after a look that took over a second', 7100, 1400],
  ])('%s', (_title, wallMs, delayMs) => {
    expect(delayToNextLook(wallMs, SCRAPE_INTERVAL_MS)).toBe(delayMs)
  })

  it('is between half an interval and one and a half, and ends in the middle of a second', () => {
    for (let wallMs = 0; wallMs < 2000; wallMs += 7) {
      const delayMs = delayToNextLook(wallMs, SCRAPE_INTERVAL_MS)
      expect(delayMs).toBeGreaterThanOrEqual(SCRAPE_INTERVAL_MS / 2)
      expect(delayMs).toBeLessThan(SCRAPE_INTERVAL_MS * 1.5)
      expect((wallMs + delayMs) % 1000).toBe(500)
    }
  })
})

describe('with a clock in hand', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 })
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  /** Answers on request of the test, or when the request is aborted. */
  function slowBackend() {
    const asked: ((response: Response) => void)[] = []
    const fetch = vi.fn<typeof globalThis.fetch>(
      (_url, init) =>
        new Promise((resolve, reject) => {
          asked.push(resolve)
          init?.signal?.addEventListener('abort', () => {
            reject(new DOMException('aborted', 'AbortError'))
          })
        }),
    )
    const outcomes: ScrapeOutcome[] = []
    const watch = { intervalMs: SCRAPE_INTERVAL_MS }
    const scraper = new Scraper({
      intervalMs: () => watch.intervalMs,
      url: URL_OF_NOBODY,
      fetch,
      wall: () => Date.now(),
      onOutcome: (outcome) => outcomes.push(outcome),
    })
    return { scraper, asked, fetch, outcomes, watch }
  }

  it('looks once a second, in the middle of it', async () => {
    const { scraper, fetch, outcomes } = slowBackend()
    fetch.mockImplementation(async () => new Response('a 1\n'))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(outcomes).toEqual(Array.from({ length: 10 }, () => ({ kind: 'page', text: 'a 1\n' })))
    await scraper.close()
  })

  it('waits for an answer before it asks again, and gives up after the timeout', async () => {
    const { scraper, asked, outcomes } = slowBackend()
    await vi.advanceTimersByTimeAsync(500 + SCRAPE_TIMEOUT_MS - 1)
    expect(asked).toHaveLength(1)
    expect(outcomes).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(outcomes).toEqual([{ kind: 'unreachable', reason: 'no answer within 2000 ms' }])
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toHaveLength(2)
    asked[1]?.(new Response(''))
    await vi.advanceTimersByTimeAsync(0)
    expect(outcomes[1]).toEqual({ kind: 'page', text: '' })
    await scraper.close()
  })

  it('asks a program without a page again after a minute only', async () => {
    const { scraper, fetch, outcomes } = slowBackend()
    fetch.mockImplementation(async () => new Response('no', { status: 426 }))
    await vi.advanceTimersByTimeAsync(500 + NO_PAGE_INTERVAL_MS - 1)
    expect(outcomes).toEqual([{ kind: 'no_page', reason: 'GET /metrics returned status 426' }])
    await vi.advanceTimersByTimeAsync(1)
    expect(outcomes).toHaveLength(2)
    await scraper.close()
  })

  it('looks rarely while nobody watches, and within a second and a half once somebody does', async () => {
    const { scraper, fetch, watch } = slowBackend()
    watch.intervalMs = IDLE_SCRAPE_INTERVAL_MS
    fetch.mockImplementation(async () => new Response('a 1\n'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fetch).toHaveBeenCalledTimes(6)
    watch.intervalMs = SCRAPE_INTERVAL_MS
    scraper.wake()
    await vi.advanceTimersByTimeAsync(SCRAPE_INTERVAL_MS)
    expect(fetch).toHaveBeenCalledTimes(7)
    await vi.advanceTimersByTimeAsync(5000)
    expect(fetch).toHaveBeenCalledTimes(12)
    await scraper.close()
  })

  it('a watcher does not hasten the look at a program without a page', async () => {
    const { scraper, fetch } = slowBackend()
    fetch.mockImplementation(async () => new Response('no', { status: 426 }))
    await vi.advanceTimersByTimeAsync(1000)
    scraper.wake()
    await vi.advanceTimersByTimeAsync(NO_PAGE_INTERVAL_MS / 2)
    expect(fetch).toHaveBeenCalledTimes(1)
    await scraper.close()
  })

  it('close() aborts a request, and reports nothing', async () => {
    const { scraper, asked, outcomes } = slowBackend()
    await vi.advanceTimersByTimeAsync(500)
    expect(asked).toHaveLength(1)
    await scraper.close()
    expect(outcomes).toEqual([])
  })
})

describe('over real connections', () => {
  const servers: (Server | NetServer)[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  async function listen(server: Server | NetServer): Promise<string> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  }

  /** The first `count` outcomes, each requested right after the previous one. */
  async function look(url: string, count = 1): Promise<ScrapeOutcome[]> {
    const outcomes: ScrapeOutcome[] = []
    let finish: () => void = () => undefined
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const scraper = new Scraper({
      intervalMs: () => SCRAPE_INTERVAL_MS,
      url,
      fetch: globalThis.fetch,
      // Half a second before the next request, the shortest pause.
      wall: () => 0,
      onOutcome: (outcome) => {
        if (outcomes.push(outcome) === count) finish()
      },
    })
    await finished
    await scraper.close()
    return outcomes
  }

  const serve = (answer: RequestListener) => listen(createServer(answer))

  it('reads a page, keeps the connection open, and asks for the text format', async () => {
    const ports = new Set<number | undefined>()
    const accepted = new Set<string | undefined>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      accepted.add(request.headers.accept)
      response.end('ü 1\n')
    })
    expect(await look(url, 3)).toEqual(Array(3).fill({ kind: 'page', text: 'ü 1\n' }))
    expect(ports.size).toBe(1)
    expect([...accepted]).toEqual(['text/plain; version=0.0.4'])
  })

  it('does not read on past the limit', async () => {
    let hasClosed: () => void = () => undefined
    const closed = new Promise<void>((resolve) => (hasClosed = resolve))
    const url = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'a')));
      }
      response.on('drain', more).on('close', hasClosed)
      more()
    })
    expect(await look(url)).toEqual([
      { kind: 'no_page', reason: `GET /metrics is longer than ${PAGE_BYTES_MAX} bytes` },
    ])
    await closed
  })

  it('does not follow to another place', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked++
      response.writeHead(302, { location: '/metrics' }).end()
    })
    expect((await look(url))[0]?.kind).toBe('unreachable')
    expect(asked).toBe(1)
  })

  it('nobody listens: unreachable, with the reason', async () => {
    const url = await serve((_request, response) => response.end())
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    expect(await look(url)).toEqual([
      { kind: 'unreachable', reason: expect.stringMatching(/ECONNREFUSED/) },
    ])
  })

  it('somebody who does not speak HTTP has no page', async () => {
    const url = await listen(
      createSocketServer((socket) => {
        socket.on('error', () => undefined)
        // An unread body keeps the connection.
        socket.resume()
        socket.end('SSH-2.0-OpenSSH_9.6\r\n')
      }),
    )
    expect((await look(url))[0]?.kind).toBe('no_page')
  })
})
