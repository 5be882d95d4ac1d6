/** Output of lsof and ps on macOS, as in the manual pages lsof(8) and ps(1). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseLsof, parsePsLine } from './lsof_text.ts'

describe('parseLsof', () => {
  it('reads processes with their sockets', () => {
    const text = [
      ...['p812', 'cnode', 'Lalice', 'f23', 'n127.0.0.1:8768', 'f24', 'n[::1]:8768'],
      ...['p1', 'claunchd', 'Lroot', 'f9', 'n*:8768', ''],
    ].join('\n')
    expect(parseLsof(text)).toEqual([
      { pid: 812, user: 'alice', address: '127.0.0.1', port: 8768 },
      { pid: 812, user: 'alice', address: '::1', port: 8768 },
      { pid: 1, user: 'root', address: '*', port: 8768 },
    ])
  })

  it('reads the own end of a connection', () => {
    expect(parseLsof('p5\ncx\nn127.0.0.1:8768->127.0.0.1:50000\n')).toEqual([
      { pid: 5, user: null, address: '127.0.0.1', port: 8768 },
    ])
  })

  it('does not take the user of one process for that of the next', () => {
    expect(parseLsof('p5\nLalice\np6\nn*:80\n')).toMatchObject([{ pid: 6, user: null }])
  })

  it('finds any sockets again', () => {
    const address = fc.oneof(fc.ipV4(), fc.constant('*'), fc.ipV6())
    const process = fc.record({
      pid: fc.nat(),
      user: fc.constantFrom('alice', '_www'),
      sockets: fc.array(fc.tuple(address, fc.nat(65535)), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(process, { maxLength: 4 }), (processes) => {
        const text = processes.flatMap(({ pid, user, sockets }) => [
          ...[`p${pid}`, 'cprogram with: signs', `L${user}`],
          ...sockets.flatMap(([one, port], index) => [
            `f${index}`,
            `n${one.includes(':') ? `[${one}]` : one}:${port}`,
          ]),
        ])
        expect(parseLsof(`${text.join('\n')}\n`)).toEqual(
          processes.flatMap(({ pid, user, sockets }) =>
            sockets.map(([one, port]) => ({ pid, user, address: one, port })),
          ),
        )
      }),
    )
  })

  it('is empty where lsof found nothing', () => {
    expect(parseLsof('')).toEqual([])
  })
})

describe('parsePsLine', () => {
  it.each([
    ['   00:07 node server.js\n', 7_000, 'node server.js'],
    ['02:13:45 /usr/bin/python3 -m http.server 8768\n', 8_025_000, undefined],
    ['12-00:00:01 /sbin/launchd', 1_036_801_000, '/sbin/launchd'],
  ])('%j', (text, runningMs, command) => {
    const line = parsePsLine(text)
    expect(line?.runningMs).toBe(runningMs)
    if (command !== undefined) expect(line?.command).toBe(command)
  })

  it('is null for no such process', () => {
    expect(parsePsLine('')).toBeNull()
    expect(parsePsLine('ps: no such process')).toBeNull()
  })
})
