import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isLoopbackHost,
  readAllowed,
  refusalOf,
  type OriginHeaders,
  type OriginRule,
} from './origin.ts'

const LOCAL = { host: '127.0.0.1:8765' }
const DESKTOP: OriginRule = { ownOrigins: ['app://switchyard'] }
const WIDE: OriginRule = { allowedHosts: ['0.0.0.0'] }

const cases: [string, OriginHeaders, boolean, OriginRule?][] = [
  ['a program on this machine passes', { host: '127.0.0.1:8768' }, true],
  ['a program by name passes', { host: 'localhost:8768' }, true],
  ['a program over IPv6 passes', { host: '[::1]:8768' }, true],
  ['a Host without a port passes', { host: 'localhost' }, true],
  ['the longest way to write ::1 passes', { host: '[0000:0:0:0:0:0:0:0001]:1' }, true],
  ['a mapped loopback address passes', { host: '[::ffff:127.0.0.1]:1' }, true],
  ['upper case and the trailing dot of a whole name pass', { host: 'LOCALHOST.:8765' }, true],
  ['a page of this port passes', { ...LOCAL, origin: 'http://127.0.0.1:8765' }, true],
  [
    'a page of another local port passes',
    { host: 'localhost:8768', origin: 'http://localhost:3000' },
    true,
  ],
  ['a page of the desktop app passes', { ...LOCAL, origin: 'app://switchyard' }, true, DESKTOP],
  ['another page of such a scheme is refused', { ...LOCAL, origin: 'app://other' }, false, DESKTOP],
  ['without a desktop app its scheme is refused', { ...LOCAL, origin: 'app://switchyard' }, false],
  [
    'what only pages of the port may use, the desktop app may not',
    { ...LOCAL, origin: 'app://switchyard' },
    false,
    { ...DESKTOP, sameOriginOnly: true },
  ],
  ['a page on the web is refused', { ...LOCAL, origin: 'https://example.com' }, false],
  ['a sandboxed page is refused', { ...LOCAL, origin: 'null' }, false],
  ['an empty Origin is refused', { ...LOCAL, origin: '' }, false],
  ['a page of a file is refused', { ...LOCAL, origin: 'file://' }, false],
  ['an extension is refused', { ...LOCAL, origin: 'chrome-extension://localhost' }, false],
  ['an Origin that came twice is refused', { ...LOCAL, origin: 'http://a, http://a' }, false],
  ['userinfo in the Origin is refused', { ...LOCAL, origin: 'http://x@127.0.0.1:8765' }, false],
  ['a path in the Origin is refused', { ...LOCAL, origin: 'http://127.0.0.1:8765/x' }, false],
  ['a rebound DNS name is refused', { host: 'evil.example:8768' }, false],
  [
    'a rebound name with its own origin is refused',
    { host: 'evil.example', origin: 'http://evil.example' },
    false,
  ],
  ['a missing Host is refused', {}, false],
  ['an empty Host is refused', { host: '' }, false],
  ['userinfo in the Host is refused', { host: 'evil.example@127.0.0.1:8765' }, false],
  ['userinfo before a foreign Host is refused', { host: '127.0.0.1@evil.example' }, false],
  ['a path after the Host is refused', { host: '127.0.0.1/evil.example' }, false],
  ['a back slash in the Host is refused', { host: 'localhost\\@evil.example' }, false],
  ['a line break in the Host is refused', { host: 'local\nhost' }, false],
  ['digits of full width are refused', { host: '１２７.0.0.1' }, false],
  ['a percent sign in the Host is refused', { host: '%6cocalhost' }, false],
  ['a port that is none is refused', { host: 'localhost:65536' }, false],
  ['a name that ends like ours is refused', { host: 'evil.localhost' }, false],
  ['a dot alone is refused', { host: '.' }, false],
  [
    'a page whose name only begins like ours is refused',
    { ...LOCAL, origin: 'http://localhost.evil.example' },
    false,
  ],
  [
    'a page of an address that is not this machine is refused',
    { ...LOCAL, origin: 'http://10.0.0.9' },
    false,
  ],
  ['an address is not a Host of a loopback port', { host: '192.168.1.5:8765' }, false],
  ['an address is a Host of a wide port', { host: '192.168.1.5:8765' }, true, WIDE],
  ['an IPv6 address is a Host of a wide port', { host: '[fd00::5]:8765' }, true, WIDE],
  ['a DNS name is not a Host of a wide port', { host: 'evil.example' }, false, WIDE],
  [
    'the page of a wide port passes',
    { host: '10.0.0.5:8765', origin: 'http://10.0.0.5:8765' },
    true,
    WIDE,
  ],
  [
    'a page of a neighbour is refused',
    { host: '10.0.0.5:8765', origin: 'http://10.0.0.6' },
    false,
    WIDE,
  ],
  ['a name to listen on passes', { host: 'gpu-box:8765' }, true, { allowedHosts: ['GPU-Box'] }],
  ['an address to listen on passes', { host: '[fd00::1]:1' }, true, { allowedHosts: ['fd00::1'] }],
  [
    'the page behind a TLS proxy that keeps the Host passes',
    { host: 'gpu-box', origin: 'https://gpu-box' },
    true,
    { allowedHosts: ['gpu-box'] },
  ],
]
it.each(cases)('%s', (_title, headers, passes, rule) => {
  expect(refusalOf(headers, rule) === null).toBe(passes)
})

it('the control socket accepts only pages of the same origin', () => {
  const rule = { sameOriginOnly: true }
  const host = '127.0.0.1:8765'
  expect(refusalOf({ host, origin: 'http://127.0.0.1:8765' }, rule)).toBeNull()
  expect(refusalOf({ host, origin: 'http://127.0.0.1:3000' }, rule)).toMatch(/may not use/)
  expect(refusalOf({ host, origin: 'http://localhost:8765' }, rule)).toMatch(/may not use/)
})

describe('the scheme counts: the control socket', () => {
  const rule = { sameOriginOnly: true }
  const proxied = { host: 'ai.example.com', 'x-forwarded-proto': 'https' }
  it.each<[string, OriginHeaders]>([
    ['of port 80 refuses https', { host: '127.0.0.1', origin: 'https://127.0.0.1' }],
    ['refuses https with port 80', { host: '127.0.0.1:80', origin: 'https://127.0.0.1:80' }],
    ['refuses https', { host: 'localhost:8765', origin: 'https://localhost:8765' }],
    ['of port 443 refuses https', { host: 'localhost:443', origin: 'https://localhost' }],
    ['refuses ws', { host: 'localhost:8765', origin: 'ws://localhost:8765' }],
    ['behind TLS refuses http', { ...proxied, origin: 'http://ai.example.com' }],
    ['behind TLS refuses another port', { ...proxied, origin: 'https://ai.example.com:80' }],
    [
      'behind a proxy without TLS refuses https',
      { ...proxied, 'x-forwarded-proto': 'http', origin: 'https://ai.example.com' },
    ],
  ])('%s', (_title, headers) => {
    expect(refusalOf(headers, { ...rule, allowedHosts: ['ai.example.com'] })).toMatch(/may not use/)
  })
  it.each<[string, OriginHeaders]>([
    ['of port 80 takes its page', { host: '127.0.0.1', origin: 'http://127.0.0.1' }],
    [
      'takes its page with the port written out',
      { host: 'localhost:80', origin: 'http://localhost' },
    ],
    ['behind TLS takes its page', { ...proxied, origin: 'https://ai.example.com' }],
    [
      'behind TLS takes its page with the port in the Host',
      { ...proxied, host: 'ai.example.com:443', origin: 'https://ai.example.com' },
    ],
    [
      'behind two proxies goes by the outer one',
      { ...proxied, 'x-forwarded-proto': 'https, http', origin: 'https://ai.example.com' },
    ],
    [
      'behind TLS with a Forwarded header accepts its page',
      {
        host: 'ai.example.com',
        forwarded: 'for=1.2.3.4;proto="https";host=ai.example.com',
        origin: 'https://ai.example.com',
      },
    ],
  ])('%s', (_title, headers) => {
    expect(refusalOf(headers, { ...rule, allowedHosts: ['ai.example.com'] })).toBeNull()
  })
})

describe('a browser that sends no Origin', () => {
  const asked = (site: string, mode = 'no-cors', dest = 'image') => ({
    ...LOCAL,
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  })
  it('may open a page that the person typed, and what that page loads', () => {
    expect(refusalOf(asked('none', 'navigate', 'document'))).toBeNull()
    expect(refusalOf(asked('same-origin'))).toBeNull()
  })
  it.each(['cross-site', 'same-site', 'a word of the future'])('may not load for %s', (site) => {
    expect(refusalOf(asked(site))).toMatch(/another origin/)
    expect(refusalOf(asked(site), { allowsLinks: true })).toMatch(/another origin/)
  })
  it('may follow a link to a port that has pages, in a tab and not in a frame', () => {
    const link = asked('cross-site', 'navigate', 'document')
    expect(refusalOf(link)).toMatch(/another origin/)
    expect(refusalOf(link, { allowsLinks: true })).toBeNull()
    const frame = asked('cross-site', 'navigate', 'iframe')
    expect(refusalOf(frame, { allowsLinks: true })).toMatch(/another origin/)
  })
})

describe('for every', () => {
  const port = fc.integer({ min: 0, max: 65_535 })
  const byte = fc.integer({ min: 0, max: 255 })
  const rule = fc.constantFrom<OriginRule>({}, { sameOriginOnly: true }, WIDE)

  it('foreign name, neither Host nor Origin passes', () => {
    fc.assert(
      fc.property(fc.domain(), port, rule, (name, number, any) => {
        expect(refusalOf({ host: name }, any)).not.toBeNull()
        expect(refusalOf({ host: `${name}:${number}` }, any)).not.toBeNull()
        expect(refusalOf({ ...LOCAL, origin: `https://${name}:${number}` }, any)).not.toBeNull()
      }),
    )
  })

  it('loopback address and port, the Host passes', () => {
    fc.assert(
      fc.property(byte, byte, byte, port, (a, b, c, number) => {
        expect(refusalOf({ host: `127.${a}.${b}.${c}:${number}` })).toBeNull()
      }),
    )
  })

  it('way to write localhost, the Host passes', () => {
    const spelling = fc
      .array(fc.boolean(), { minLength: 9, maxLength: 9 })
      .map((upper) =>
        [...'localhost']
          .map((letter, index) => (upper[index] === true ? letter.toUpperCase() : letter))
          .join(''),
      )
    fc.assert(
      fc.property(spelling, fc.constantFrom('', '.'), port, (name, dot, number) => {
        expect(refusalOf({ host: `${name}${dot}:${number}` })).toBeNull()
      }),
    )
  })

  it('text before an @, neither Host nor Origin passes', () => {
    fc.assert(
      fc.property(fc.string(), (userinfo) => {
        expect(refusalOf({ host: `${userinfo}@localhost:8765` })).not.toBeNull()
        expect(refusalOf({ ...LOCAL, origin: `http://${userinfo}@127.0.0.1:8765` })).not.toBeNull()
      }),
    )
  })

  it('text around an allowed name: what passes has that host for the URL parser too', () => {
    const around = fc.string({ unit: 'binary-ascii', maxLength: 6 })
    const name = fc.constantFrom('localhost', '127.0.0.1', '[::1]', '')
    fc.assert(
      fc.property(around, name, around, (before, middle, after) => {
        const host = `${before}${middle}${after}`
        if (refusalOf({ host }) !== null) return
        const { hostname, username, pathname } = new URL(`http://${host}`)
        expect(hostname.replace(/\.$/, '')).toMatch(/^(localhost|127(\.\d+){3}|\[::1\])$/)
        expect([username, pathname]).toEqual(['', '/'])
      }),
      { numRuns: 2000 },
    )
  })
})

it.each([
  ['localhost', true],
  ['LocalHost.', true],
  ['127.0.0.1', true],
  ['127.3.2.1', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['localhost:8765', true],
  ['[::1]:8765', true],
  ['10.0.0.1:8765', false],
  ['0.0.0.0', false],
  ['::', false],
  ['', false],
  ['::ffff:10.0.0.1', false],
  ['192.168.1.5', false],
  ['fe80::1%eth0', false],
  ['gpu-box', false],
  ['127.0.0.1.evil.example', false],
])('%s is loopback: %s', (host, is) => {
  expect(isLoopbackHost(host)).toBe(is)
})

describe('an allowed name', () => {
  const cases: [string, string[], boolean][] = [
    ['ai.example.com', ['ai.example.com'], true],
    ['AI.example.com.:8443', ['ai.example.com'], true],
    ['a.ai.example.com', ['ai.example.com'], false],
    ['a.example.com', ['*.example.com'], true],
    ['a.b.example.com:80', ['*.example.com'], true],
    ['example.com', ['*.example.com'], false],
    ['evilexample.com', ['*.example.com'], false],
    ['aibox.local', ['.local'], true],
    ['aiboxlocal', ['.local'], false],
    ['host.docker.internal:8765', ['host.docker.internal'], true],
    ['evil.example', ['ai.example.com', '.local'], false],
    ['192.168.1.5', ['192.168.1.5'], true],
  ]
  it.each(cases)('as the Host %s with %j: %s', (host, texts, passes) => {
    const allowedNames = readAllowed('host', texts)
    expect(refusalOf({ host }, { allowedNames }) === null).toBe(passes)
  })
  it('has pages, by http and https, that may use the gateway but not control', () => {
    const allowedNames = readAllowed('host', ['ai.example.com'])
    for (const origin of ['https://ai.example.com', 'http://ai.example.com:3000']) {
      expect(refusalOf({ ...LOCAL, origin }, { allowedNames })).toBeNull()
      expect(refusalOf({ ...LOCAL, origin }, { allowedNames, sameOriginOnly: true })).not.toBeNull()
    }
  })
})

describe('an allowed origin', () => {
  const cases: [string, string[], boolean][] = [
    ['https://app.example.com', ['https://app.example.com'], true],
    ['http://app.example.com', ['https://app.example.com'], false],
    ['https://app.example.com:444', ['https://app.example.com'], false],
    ['https://a.example.com', ['https://*.example.com'], true],
    ['https://example.com', ['https://*.example.com'], false],
    ['https://evilexample.com', ['https://*.example.com'], false],
    ['vscode-webview://1a2b3c', ['vscode-webview://*'], true],
    ['vscode-webview://', ['vscode-webview://*'], false],
    ['vscode-webviewx://1', ['vscode-webview://*'], false],
    ['tauri://localhost', ['tauri://localhost'], true],
    ['http://tauri.localhost', ['http://tauri.localhost'], true],
    ['chrome-extension://abc', ['chrome-extension://abc'], true],
    ['chrome-extension://abd', ['chrome-extension://abc'], false],
    ['null', ['null'], true],
    ['null', [], false],
  ]
  it.each(cases)('%s with %j: %s', (origin, texts, passes) => {
    const ownOrigins = readAllowed('origin', texts)
    expect(refusalOf({ ...LOCAL, origin }, { ownOrigins }) === null).toBe(passes)
    expect(refusalOf({ ...LOCAL, origin }, { ownOrigins, sameOriginOnly: true })).not.toBeNull()
  })
})

describe('what may be allowed', () => {
  it.each<['host' | 'origin', string]>([
    ['host', '*'],
    ['host', 'https://ai.example.com'],
    ['host', 'ai.example.com:8443'],
    ['host', 'ai.example.com/x'],
    ['host', 'a b'],
    ['host', '*.*.com'],
    ['origin', '*'],
    ['origin', 'https://*'],
    ['origin', 'http://*'],
    ['origin', 'app.example.com'],
    ['origin', 'https://app.example.com/'],
    ['origin', 'https://x@app.example.com'],
  ])('is not the %s %s, and the message has the value and a remedy', (kind, text) => {
    expect(() => readAllowed(kind, [text])).toThrow(`--allow-${kind} "${text}"`)
    expect(() => readAllowed(kind, [text])).toThrow(/; (?:use|name) /)
  })
  it('is named by a refusal', () => {
    const rule = { isConfigurable: true }
    expect(refusalOf({ host: 'aibox:41400' }, rule)).toContain('--allow-host aibox ')
    expect(refusalOf({ ...LOCAL, origin: 'https://ai.example.com' }, rule)).toContain(
      '--allow-origin https://ai.example.com ',
    )
  })
})
