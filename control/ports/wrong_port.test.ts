import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listeningPorts } from './listening_ports.ts'
import { WrongPortWatch } from './wrong_port.ts'

describe('a program that does not answer after its start', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function watched(ports: number[] | null) {
    const found: string[] = []
    const state = { isSilent: true }
    const watch = new WrongPortWatch(() => Promise.resolve(ports))
    watch.started('one', 7, { port: 8768, isSilent: () => state.isSilent }, (said) => {
      found.push(said.message)
    })
    return { found, state, watch }
  }

  it('is named with both ports, again every 30 s, until it answers or ends', async () => {
    const { found, state, watch } = watched([9000, 9001])
    await vi.advanceTimersByTimeAsync(4999)
    expect(found).toEqual([])
    await vi.advanceTimersByTimeAsync(30_001)
    const text = 'it listens on port 9000, 9001, and port 8768 is configured'
    expect(found).toEqual([text, text])
    state.isSilent = false
    await vi.advanceTimersByTimeAsync(60_000)
    expect(found).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
    watch.close()
  })

  it('is not named while it listens on the right port, on none, or where that is not known', async () => {
    for (const ports of [[8768, 9000], [], null]) {
      const { found, watch } = watched(ports)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(found).toEqual([])
      watch.close()
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is forgotten when it ends', async () => {
    const { found, watch } = watched([9000])
    watch.ended('one')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(found).toEqual([])
  })
})

describe('the ports of a process', () => {
  it.runIf(process.platform === 'linux')('are those on which it listens', async () => {
    const servers = ['127.0.0.1', '::1'].map((host) => createServer().listen(0, host))
    await Promise.all(servers.map((server) => once(server, 'listening')))
    const ports = servers.map((server) => (server.address() as AddressInfo).port)
    expect(await listeningPorts([process.pid])).toEqual(
      expect.arrayContaining([...ports].sort((a, b) => a - b)),
    )
    expect(await listeningPorts([])).toEqual([])
    for (const server of servers) server.close()
  })

  it('are not known on other systems', async () => {
    expect(await listeningPorts([1], undefined, 'win32')).toBeNull()
  })
})
