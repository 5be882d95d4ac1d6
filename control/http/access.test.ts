import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Access } from './access.ts'

const asked = (url: string, headers: Record<string, string> = {}) =>
  ({ url, headers }) as unknown as IncomingMessage

const access = new Access(8765)
const { token } = access
const cookie = access.cookieFor(asked(`/?token=${token}`))?.split(';')[0] ?? ''

it('the token is new for each start and has 192 bits', () => {
  expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/)
  expect(new Access(8765).token).not.toBe(token)
  expect(new Access(8765, 'given-by-somebody').token).toBe('given-by-somebody')
})

it('the cookie is out of reach for scripts and other sites, and does not hold the token', () => {
  expect(access.cookieFor(asked(`/?token=${token}`))).toMatch(
    /^switchyard_8765=[A-Za-z0-9_-]{32}; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  expect(cookie).not.toContain(token)
})

describe('granted is', () => {
  it.each([
    ['the panel with the token in its address', asked(`/?token=${token}`)],
    ['the same among other parts', asked(`/?x=1&token=${token}`)],
    ['a program with a Bearer token', asked('/control', { authorization: `Bearer ${token}` })],
    ['a page with the cookie', asked('/assets/a.js', { cookie })],
    ['the same among other cookies', asked('/control', { cookie: `a=b; ${cookie}; c=d` })],
  ])('%s', (_what, request) => {
    expect(access.isGranted(request)).toBe(true)
  })
})

describe('not granted is', () => {
  it.each([
    ['a request with nothing', asked('/')],
    ['the token in the address of another page', asked(`/assets/a.js?token=${token}`)],
    ['the same with slashes before it', asked(`//?token=${token}`)],
    [
      'the token in the address of a WebSocket',
      asked(`/?token=${token}`, { upgrade: 'websocket' }),
    ],
    ['the token in the address of /control', asked(`/control?token=${token}`)],
    ['half a token', asked(`/?token=${token.slice(0, 16)}`)],
    ['more than the token', asked(`/?token=${token}x`)],
    ['a token by Basic', asked('/', { authorization: `Basic ${token}` })],
    ['the token as a cookie', asked('/', { cookie: `switchyard_8765=${token}` })],
    ['the cookie of another panel', asked('/', { cookie: cookie.replace('8765', '8766') })],
    ['the cookie as a token', asked('/', { authorization: `Bearer ${cookie.split('=')[1]}` })],
    ['an address that is none', asked('http://[?token=x')],
  ])('%s', (_what, request) => {
    expect(access.isGranted(request)).toBe(false)
    expect(access.cookieFor(request)).toBeNull()
  })
})

it('a wrong token is told from none, and an old cookie is no token', () => {
  expect(access.hasToken(asked('/?token=wrong'))).toBe(true)
  expect(access.hasToken(asked('/', { authorization: 'Bearer wrong' }))).toBe(true)
  expect(access.hasToken(asked('/'))).toBe(false)
  expect(access.hasToken(asked('/', { cookie: 'switchyard_8765=old' }))).toBe(false)
})
