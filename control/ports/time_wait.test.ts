/** A port that only closed connections hold. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endPanels } from '../../testing/headless.ts'
import { startNode } from '../../testing/processes.ts'
import { examinePort } from './examine_port.ts'
import { PortRetries } from './port_retries.ts'
import { machinePortIo, type PortIo } from './port_io.ts'
import { parseProcNetTcp, parseTimeWaits } from './proc_text.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, state: string, timer: string) =>
  `   1: ${local} 0100007F:1F90 ${state} 00000000:00000000 ${timer} 00000000     0        0 0 3 0000\n`

describe('the table of the kernel', () => {
  it('shows closed connections with the time that is left', () => {
    const table = `${HEAD}${row('0100007F:A1C0', '06', '03:00000D2B')}${row('0100007F:A1C1', '0A', '00:00000000')}`
    expect(parseTimeWaits(table, 'LE')).toEqual([
      { address: '127.0.0.1', port: 41408, isListening: false, seconds: 34 },
    ])
    expect(parseProcNetTcp(table, 'LE').map(({ port }) => port)).toEqual([41409])
  })

  it('never exceeds the wait of the kernel, and survives another form', () => {
    const rows = ['03:FFFFFFFF', 'odd', '03:'].map((timer) => row('0100007F:A1C0', '06', timer))
    expect(parseTimeWaits(rows.join(''), 'LE').map(({ seconds }) => seconds)).toEqual([60, 60, 60])
    expect(parseTimeWaits('', 'LE')).toEqual([])
  })
})

describe('the port doctor', () => {
  /** A fake machine with these tables, on which nothing can listen. */
  const machine = (tcp: string, tcp6 = ''): PortIo => ({
    ...machinePortIo,
    tryBind: (_address, port) => Promise.resolve(port === 41408 ? 'EADDRINUSE' : null),
    readText: (file) => {
      if (file === '/proc/net/tcp') return Promise.resolve(tcp)
      return file === '/proc/net/tcp6' ? Promise.resolve(tcp6) : Promise.reject(new Error('none'))
    },
    list: () => Promise.resolve([]),
    ask: () => Promise.resolve({ kind: 'silent', reason: 'refused' }),
  })
  const examine = (io: PortIo, host = '127.0.0.1') =>
    examinePort({ host, port: 41408, reserved: new Set(), platform: 'linux', io })

  it('reports when the port is free, and names nobody as its holder', async () => {
    const io = machine(
      HEAD + row('0100007F:A1C0', '06', '03:00000D2B') + row('0100007F:A1C0', '06', '03:000003E8'),
    )
    const report = await examine(io)
    expect(report).toMatchObject({
      verdict: 'in_use',
      holder: null,
      speaks: null,
      free_in_s: 34,
      sentence:
        'Port 41408 on 127.0.0.1 is still occupied by a closed connection (TIME_WAIT), for at most 34 s.',
    })
    expect(report.remedy).toMatch(/^Set another port, such as \d+. Or wait.$/)
  })

  it('finds one of IPv6 too, also by its IPv4 form', async () => {
    const mapped = '0000000000000000FFFF00000100007F:A1C0'
    const { free_in_s } = await examine(machine('', HEAD + row(mapped, '06', '03:000003E8')))
    expect(free_in_s).toBe(10)
  })

  it('names a listener before closed connections, and does not count those of other addresses', async () => {
    const both =
      HEAD + row('0100007F:A1C0', '06', '03:00000D2B') + row('0100007F:A1C0', '0A', '00:0')
    expect((await examine(machine(both))).free_in_s).toBeNull()
    const other = HEAD + row('0200007F:A1C0', '06', '03:00000D2B')
    expect((await examine(machine(other))).free_in_s).toBeNull()
  })
})

describe.runIf(process.platform === 'linux')('on this machine', () => {
  afterEach(endPanels)

  /** The port of a connection that its client closed first. */
  async function portInTimeWait(): Promise<number> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(client, 'connect')
    const { localPort = 0 } = client
    const [socket] = await accepted
    client.end()
    await once(socket.resume(), 'end')
    socket.end()
    await once(client.resume(), 'close')
    server.close()
    return localPort
  }

  it('a start on such a port reports how long to wait', async () => {
    const port = await portInTimeWait()
    const report = await examinePort({ host: '127.0.0.1', port, reserved: new Set() })
    expect(report.sentence).toMatch(/\(TIME_WAIT\), for at most \d+ s\.$/)
    const args = ['scripts/start.mjs', '--headless', '--no-open', '--port', String(port)]
    const headless = startNode(args)
    await headless.waitFor(
      /Cannot listen: Port \d+ on 127\.0\.0\.1 .* \(TIME_WAIT\), for at most \d+ s\. Start again then/,
    )
    expect((await headless.exited).code).not.toBe(0)
  })
})

describe('a backend whose port is free in a while', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is started again by then, once, and not after the end', () => {
    const retries = new PortRetries()
    const retry = vi.fn()
    retries.retryIn(10, 'one', retry)
    retries.retryIn(34, 'one', retry)
    vi.advanceTimersByTime(34_999)
    expect(retry).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(retry).toHaveBeenCalledOnce()
    retries.retryIn(10, 'one', retry)
    retries.close()
    retries.retryIn(10, 'two', retry)
    expect(vi.getTimerCount()).toBe(0)
  })
})
