import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostSchema, hostToReach, readAddress, readHost, webSocketUrl } from './address.ts'

describe('a host', () => {
  it.each([
    ['localhost', 'localhost'],
    ['LOCALHOST', 'LOCALHOST'],
    ['lab-2', 'lab-2'],
    ['my_service', 'my_service'],
    ['gpu.example.com.', 'gpu.example.com.'],
    ['3d-printer', '3d-printer'],
    ['bücher.example', 'bücher.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['fe80::1', 'fe80::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
  ])('may be %s', (text, host) => {
    expect(readHost(text)).toEqual({ ok: true, host })
    expect(hostSchema.parse(text)).toBe(host)
    expect(URL.canParse(webSocketUrl(host, 8768))).toBe(true)
  })

  it.each([
    ['', 'is empty', 'such as localhost'],
    ['*', 'is not an address', '0.0.0.0'],
    ['http://localhost', 'is a URL', 'Write only the host: localhost'],
    ['ws://[::1]:8768/x', 'is a URL', 'Write only the host: ::1'],
    ['127.0.0.1:8768', 'contains a port', 'Write only the host: 127.0.0.1'],
    ['lab-2:8773', 'contains a port', 'Write only the host: lab-2'],
    ['[::1]:8768', 'contains a port', 'Write only the host: ::1'],
    ['localhost:', 'contains a port', 'Write only the host: localhost'],
    ['localhost/', 'contains a path', 'Write only the host: localhost'],
    ['localhost?a=1', 'contains a path', 'Write only the host: localhost'],
    ['localhost#a', 'contains a path', 'Write only the host: localhost'],
    ['me@lab', 'contains a user', 'Write only the host: lab'],
    ['my host', 'contains a space', 'such as localhost'],
    [' localhost', 'contains a space', 'such as localhost'],
    ['local\thost', 'contains "\\t"', 'such as localhost'],
    ['local\u0000host', 'contains "\\u0000"', 'such as localhost'],
    ['local\u00adhost', 'contains', 'such as localhost'],
    ['#x', 'contains "#"', 'such as localhost'],
    ['a<b', 'contains "<"', 'such as localhost'],
    ['%', 'contains "%"', 'such as localhost'],
    ['%31.0.0.1', 'contains "%"', 'such as localhost'],
    ['a\\b', 'contains', 'such as localhost'],
    ['300.1.1.1', 'is not an IPv4 address', 'four numbers'],
    ['192.168.1.300', 'is not an IPv4 address', 'four numbers'],
    ['1.2.3.4.5', 'is not an IPv4 address', 'four numbers'],
    ['1.2.3', 'is an unusual spelling', 'Write 1.2.0.3'],
    ['127.1', 'is an unusual spelling', 'Write 127.0.0.1'],
    ['0x7f.1', 'is an unusual spelling', 'Write 127.0.0.1'],
    ['010.0.0.1', 'is an unusual spelling', 'Write 8.0.0.1'],
    ['１２７.0.0.1', 'is an unusual spelling', 'Write 127.0.0.1'],
    ['lab.42', 'is not an IPv4 address', 'four numbers'],
    ['-lab', 'is not a host name', 'such as localhost'],
    ['lab..example', 'is not a host name', 'such as localhost'],
    ['.', 'is not a host name', 'such as localhost'],
    ['xn--', 'is not a host name', 'such as localhost'],
    [`${'a'.repeat(64)}.example`, 'is not a host name', 'such as localhost'],
    ['fe80::1%eth0', 'has a zone', 'its name'],
    ['[fe80::1%eth0]', 'has a zone', 'its name'],
    ['[localhost]', 'is not an IPv6 address', 'such as localhost'],
    ['[::1', 'is not an IPv6 address', 'such as localhost'],
    ['::1::2', 'is not an IPv6 address', 'such as localhost'],
    ['[]', 'is not an IPv6 address', 'such as localhost'],
    [':8768', 'is not an IPv6 address', 'such as localhost'],
  ])('is not %j: it %s', (text, fault, remedy) => {
    expect(readHost(text)).toMatchObject({
      ok: false,
      fault: { message: expect.stringContaining(fault) as string },
      remedy: { message: expect.stringContaining(remedy) as string },
    })
    expect(hostSchema.safeParse(text).success).toBe(false)
  })

  it('that is accepted means the same address in a URL', () => {
    const letters = fc.constantFrom(...'a1.-_:[]%#/@ xéß٣')
    const text = fc.oneof(
      fc.string({ unit: letters, maxLength: 12 }),
      fc.string(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.domain(),
      fc.webAuthority(),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 1024, max: 65_535 }), (given, port) => {
        const read = readHost(given)
        if (!read.ok) {
          expect(read.remedy.message).not.toBe('')
          return
        }
        const url = new URL(webSocketUrl(read.host, port))
        expect(url.port).toBe(String(port))
        expect(`${url.username}${url.password}${url.search}${url.hash}`).toBe('')
        expect(url.pathname).toBe('/')
        expect(readHost(url.hostname.replace(/^$/, given)).ok).toBe(true)
        expect(
          readAddress(`${read.host.includes(':') ? `[${read.host}]` : read.host}:${port}`),
        ).toEqual({ ok: true, host: read.host, port })
      }),
      { numRuns: 2000 },
    )
  })
})

describe('host:port', () => {
  it.each([
    ['gpu-box:8768', 'gpu-box', 8768],
    ['[::1]:8773', '::1', 8773],
    ['192.168.1.20:9000', '192.168.1.20', 9000],
  ])('may be %s', (text, host, port) => {
    expect(readAddress(text)).toEqual({ ok: true, host, port })
  })

  it.each([
    ['', 'is not host:port', 'gpu-box:8768'],
    ['gpu-box', 'is not host:port', 'gpu-box:8768'],
    ['ws://gpu-box:8773/', 'is not host:port', 'Write the host and the port, such as gpu-box:8773'],
    ['ws://gpu-box:8773', 'is a URL', 'Write gpu-box:8773'],
    ['gpu-box:8773/ws', 'is not host:port', 'gpu-box:8773'],
    ['::1:8773', 'is an IPv6 address without brackets', 'Write [::1]:8773'],
    ['1.2.3.4.5:8000', 'is not an IPv4 address', 'four numbers'],
    ['lab 2:8773', 'contains a space', 'such as localhost'],
    ['me@lab:8773', 'contains a user', 'Write lab:8773'],
    ['lab:8773:8774', 'contains a port', 'Write lab:8774'],
  ])('is not %j: it %s', (text, fault, remedy) => {
    expect(readAddress(text)).toMatchObject({
      ok: false,
      fault: { message: expect.stringContaining(fault) as string },
      remedy: { message: expect.stringContaining(remedy) as string },
    })
  })
})

it('a wildcard is reached at the loopback address', () => {
  expect(['0.0.0.0', '::', '0:0::0', 'lab'].map(hostToReach)).toEqual([
    '127.0.0.1',
    '::1',
    '::1',
    'lab',
  ])
})
