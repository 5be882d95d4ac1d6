/** Texts of /proc: examples of proc(5), and properties over generated ones. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainAddress } from './addresses.ts'
import {
  accountNameOf,
  parseBootSeconds,
  parseCmdline,
  parseLocalPortRange,
  parseProcNetTcp,
  parseReservedPorts,
  parseSocketLink,
  parseStartSeconds,
} from './proc_text.ts'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

const hexOf = (bytes: number[], isLittle: boolean) =>
  Array.from({ length: bytes.length / 4 }, (_, word) => {
    const ofWord = bytes.slice(word * 4, word * 4 + 4)
    return (isLittle ? ofWord.reverse() : ofWord)
      .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
      .join('')
  }).join('')

describe('parseProcNetTcp', () => {
  it('reads a table of a little-endian machine', () => {
    const table = `${HEAD}   0: 0100007F:2240 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 53119 1 0000000000000000 100 0 0 10 0
   1: 0100007F:D431 0100007F:2240 01 00000000:00000000 00:00000000 00000000     0        0 53200 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:2240 0100007F:D430 06 00000000:00000000 03:00000F4A 00000000     0        0 0 3 0000000000000000
`
    expect(parseProcNetTcp(table, 'LE')).toEqual([
      { address: '127.0.0.1', port: 8768, isListening: true, uid: 1000, inode: 53119 },
      { address: '127.0.0.1', port: 54321, isListening: false, uid: 0, inode: 53200 },
    ])
  })

  it('reads the IPv6 loopback of tcp6', () => {
    const line =
      '   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1'
    const [socket] = parseProcNetTcp(HEAD + line, 'LE')
    expect(plainAddress(socket?.address ?? '')).toBe('::1')
  })

  it('finds any address, port, user and inode again, in both byte orders', () => {
    const bytes = fc
      .constantFrom(4, 16)
      .chain((length) => fc.array(fc.nat(255), { minLength: length, maxLength: length }))
    fc.assert(
      fc.property(bytes, fc.nat(65535), fc.nat(), fc.nat(), fc.boolean(), (...given) => {
        const [address, port, uid, inode, isLittle] = given
        const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
        const line = `  12: ${hexOf(address, isLittle)}:${hexPort} 00000000:0000 0A 0:0 00:0 0 ${uid} 0 ${inode} 1`
        const expected =
          address.length === 4
            ? address.join('.')
            : Array.from({ length: 8 }, (_, group) =>
                ((address[2 * group] ?? 0) * 256 + (address[2 * group + 1] ?? 0)).toString(16),
              ).join(':')
        expect(parseProcNetTcp(HEAD + line, isLittle ? 'LE' : 'BE')).toEqual([
          { address: expected, port, isListening: true, uid, inode },
        ])
      }),
    )
  })

  it('takes any text without a fault', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Array.isArray(parseProcNetTcp(text, 'LE'))).toBe(true)
      }),
    )
  })
})

describe('parseStartSeconds', () => {
  it('is not misled by any name of a program', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), fc.nat(), (name, ticks) => {
        const stat = `77 (${name}) S 1 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 ${ticks} 9 10 11`
        expect(parseStartSeconds(stat)).toBe(ticks / 100)
      }),
    )
  })
  it('is null for a text that is not a stat', () => {
    expect(parseStartSeconds('')).toBeNull()
    expect(parseStartSeconds('77 (node) S 1')).toBeNull()
  })
})

describe('the short texts', () => {
  it('btime of /proc/stat', () => {
    expect(parseBootSeconds('cpu  1 2\nbtime 1700000000\nprocesses 3\n')).toBe(1_700_000_000)
    expect(parseBootSeconds('cpu  1 2\n')).toBeNull()
  })
  it('arguments of any form come back from cmdline', () => {
    const argument = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1 }), (words) => {
        const text = words.map((word) => `${word}\0`).join('')
        // A single empty argument is one NUL.
        expect(parseCmdline(text)).toEqual(words)
      }),
    )
    expect(parseCmdline('')).toEqual([])
  })
  it('links of /proc/PID/fd', () => {
    expect(parseSocketLink('socket:[53119]')).toBe(53119)
    expect(parseSocketLink('pipe:[53119]')).toBeNull()
    expect(parseSocketLink('/dev/null')).toBeNull()
  })
  it('names of /etc/passwd', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/sh\n'
    expect(accountNameOf(passwd, 1000)).toBe('alice')
    expect(accountNameOf(passwd, 100)).toBeNull()
  })
  it('ip_local_port_range', () => {
    expect(parseLocalPortRange('32768\t60999\n')).toEqual({ first: 32768, last: 60999 })
    expect(parseLocalPortRange('\n')).toBeNull()
  })
  it('ip_local_reserved_ports', () => {
    expect(parseReservedPorts('8080,9148-9150\n')).toEqual([
      { first: 8080, last: 8080 },
      { first: 9148, last: 9150 },
    ])
    expect(parseReservedPorts('\n')).toEqual([])
  })
})
