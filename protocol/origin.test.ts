import { expect, it } from 'vitest'
import { refusalOf } from './origin.ts'

const cases: [string, { host?: string; origin?: string }, boolean][] = [
  ['a program on this machine passes', { host: '127.0.0.1:8768' }, true],
  ['a program by name passes', { host: 'localhost:8768' }, true],
  ['a program over IPv6 passes', { host: '[::1]:8768' }, true],
  ['a page of this port passes', { host: '127.0.0.1:8765', origin: 'http://127.0.0.1:8765' }, true],
  [
    'a page of another local port passes',
    { host: 'localhost:8768', origin: 'http://localhost:3000' },
    true,
  ],
  [
    'a page on the web is refused',
    { host: '127.0.0.1:8768', origin: 'https://example.com' },
    false,
  ],
  ['a sandboxed page is refused', { host: '127.0.0.1:8768', origin: 'null' }, false],
  ['a rebound DNS name is refused', { host: 'evil.example:8768' }, false],
  [
    'a rebound name with its own origin is refused',
    { host: 'evil.example', origin: 'http://evil.example' },
    false,
  ],
  ['a missing Host is refused', {}, false],
  [
    'a page whose name only begins like ours is refused',
    { host: '127.0.0.1:1', origin: 'http://localhost.evil.example' },
    false,
  ],
  [
    'a page of an address that is not this machine is refused',
    { host: '127.0.0.1:1', origin: 'http://10.0.0.9' },
    false,
  ],
]
it.each(cases)('%s', (_title, headers, passes) => {
  expect(refusalOf(headers) === null).toBe(passes)
})

it('the control socket takes only pages of its own port', () => {
  const rule = { sameOriginOnly: true }
  const host = '127.0.0.1:8765'
  expect(refusalOf({ host, origin: 'http://127.0.0.1:8765' }, rule)).toBeNull()
  expect(refusalOf({ host, origin: 'http://127.0.0.1:3000' }, rule)).toMatch(/may not use/)
  expect(refusalOf({ host, origin: 'http://localhost:8765' }, rule)).toMatch(/may not use/)
})

it('a name that the server was told to listen on passes', () => {
  expect(refusalOf({ host: 'gpu-box:8765' }, { allowedHosts: ['gpu-box'] })).toBeNull()
})
