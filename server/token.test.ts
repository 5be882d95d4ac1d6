import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bearerOf, faultOfOpening, isSameSecret, readToken, refusalOfPeer } from './token.ts'

const TOKEN = 'abcdefghijklmnop'
const request = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('the token of the environment', () => {
  it('is taken as it is, and absent when it is empty', () => {
    expect(readToken({ SWITCHYARD_TOKEN: TOKEN })).toBe(TOKEN)
    expect(readToken({ SWITCHYARD_TOKEN: '' })).toBeNull()
    expect(readToken({})).toBeNull()
  })
  it.each(['short', 'with a space in between', `${'x'.repeat(16)}\n`, 'ünïcödë-tokens-here'])(
    'is refused when it is not valid, and not named: %j',
    (value) => {
      const read = () => readToken({ SWITCHYARD_TOKEN: value })
      expect(read).toThrow(/SWITCHYARD_TOKEN has \d+ characters; it needs 16 to 512/)
      expect(read).not.toThrow(value)
    },
  )
})

describe('a port', () => {
  it.each(['localhost', '127.0.0.1', '::1'])('on %s needs no token', (host) => {
    expect(faultOfOpening(host, null)).toBeNull()
  })
  it.each(['0.0.0.0', '::', '192.168.1.5', 'gpu-box', ''])('on "%s" needs one', (host) => {
    const fault = faultOfOpening(host, null)
    expect(fault).toContain(`host "${host}"`)
    expect(fault).toContain('SWITCHYARD_TOKEN')
    expect(fault).toContain('or listen on 127.0.0.1')
    expect(faultOfOpening(host, TOKEN)).toBeNull()
  })
})

describe('a program', () => {
  it.each([
    ['of this machine passes without a token', request('127.0.0.1'), TOKEN, null],
    ['of this machine passes where there is no token', request('::1'), null, null],
    ['of another passes with the token', request('10.0.0.9', bearer(TOKEN)), TOKEN, null],
    ['of another is refused without one', request('10.0.0.9'), TOKEN, [401, false]],
    [
      'of another is refused with a wrong one',
      request('10.0.0.9', bearer('x')),
      TOKEN,
      [401, true],
    ],
    ['of another is refused where there is none', request('10.0.0.9'), null, [403, false]],
    [
      'behind a local proxy with forwarding headers is refused without one',
      request('127.0.0.1', { 'x-forwarded-for': '10.0.0.9' }),
      TOKEN,
      [401, false],
    ],
  ])('%s', (_title, asked, token, expected) => {
    const refusal = refusalOfPeer(asked, token)
    const got = refusal === null ? null : [refusal.status, refusal.isWrongToken ?? false]
    expect(got).toEqual(expected)
    expect(refusal?.reason ?? '').not.toContain(TOKEN)
  })

  function bearer(token: string): Record<string, string> {
    return { authorization: `Bearer ${token}` }
  }
})

it.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc', 'abc'],
  ['Basic abc', undefined],
  ['Bearer', undefined],
  ['Bearer a b', undefined],
])('Authorization %j holds the token %s', (authorization, token) => {
  expect(bearerOf(request('::1', { authorization }))).toBe(token)
})

it('two secrets are the same when they are equal, of whatever length and letters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      expect(isSameSecret(one, one)).toBe(true)
      expect(isSameSecret(one, other)).toBe(one === other)
      expect(isSameSecret(undefined, one)).toBe(false)
    }),
  )
})
