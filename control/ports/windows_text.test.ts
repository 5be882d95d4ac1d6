/** Output of netstat, netsh and PowerShell, as in Microsoft's documentation, in several languages. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseExcludedRanges,
  parseNetstat,
  parseWindowsProcess,
  windowsProcessScript,
} from './windows_text.ts'

const ENGLISH = `
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1012
  TCP    127.0.0.1:8768         0.0.0.0:0              LISTENING       4711
  TCP    127.0.0.1:8768         127.0.0.1:50123        ESTABLISHED     4711
  TCP    [::1]:8769             [::]:0                 LISTENING       22
  UDP    0.0.0.0:5353           *:*                                    1800
`

describe('parseNetstat', () => {
  it('reads TCP lines, and distinguishes listeners from connections', () => {
    expect(parseNetstat(ENGLISH.replaceAll('\n', '\r\n'))).toEqual([
      { address: '0.0.0.0', port: 135, isListening: true, pid: 1012 },
      { address: '127.0.0.1', port: 8768, isListening: true, pid: 4711 },
      { address: '127.0.0.1', port: 8768, isListening: false, pid: 4711 },
      { address: '::1', port: 8769, isListening: true, pid: 22 },
    ])
  })

  it.each(['ABHÖREN', 'À L’ÉCOUTE', 'LISTENING'])('understands a listener that is %s', (state) => {
    expect(
      parseNetstat(`  TCP    127.0.0.1:8768    0.0.0.0:0    ${state}    4711\r\n`),
    ).toMatchObject([{ isListening: true, pid: 4711 }])
  })
})

describe('parseExcludedRanges', () => {
  it('reads the ranges of the documented output, administered ones too', () => {
    const text = `
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      5357        5357
     50000       50059     *

* - Administered port exclusions.
`
    expect(parseExcludedRanges(text)).toEqual([
      { first: 5357, last: 5357 },
      { first: 50000, last: 50059 },
    ])
  })

  it('finds any ranges again, whatever the heading is', () => {
    const range = fc.tuple(fc.nat(65535), fc.nat(65535), fc.boolean())
    const heading = fc.constantFrom('Startport   Endport', 'Port de début', '开始端口    结束端口')
    fc.assert(
      fc.property(fc.array(range), heading, (ranges, title) => {
        const lines = ranges.map(
          ([first, last, isMarked]) => ` ${first}  ${last} ${isMarked ? '    *' : ''}`,
        )
        expect(parseExcludedRanges([title, '------', ...lines, ''].join('\r\n'))).toEqual(
          ranges.map(([first, last]) => ({ first, last })),
        )
      }),
    )
  })
})

describe('a process as PowerShell reports it', () => {
  it('is read with its command, start and owner', () => {
    const text =
      '{"command":"\\"C:\\\\node.exe\\" server.js","created":1700000000000,"name":"node.exe","user":"PC\\\\alice"}\r\n'
    expect(parseWindowsProcess(text)).toEqual({
      name: 'node.exe',
      command: '"C:\\node.exe" server.js',
      created: 1_700_000_000_000,
      user: 'PC\\alice',
    })
  })
  it('is null when it has ended, or the answer is none', () => {
    expect(parseWindowsProcess('')).toBeNull()
    expect(parseWindowsProcess('Access denied')).toBeNull()
    expect(parseWindowsProcess('[1]')).toBeNull()
  })
  it('is asked for without double quotes', () => {
    expect(windowsProcessScript(4711)).toContain('ProcessId = 4711')
    expect(windowsProcessScript(4711)).not.toContain('"')
  })
})
