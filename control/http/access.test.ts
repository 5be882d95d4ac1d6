import type { IncomingMessage } from 'node:http'
import { beforeEach, describe, expect, it } from 'vitest'
import { Access } from './access.ts'

const TOKEN = 'the-right-token-of-the-panel'
const asked = (url: string, headers: Record<string, string> = {}) =>
  ({ url, headers }) as unknown as IncomingMessage
const withSecret = (secret: string) => asked('/session', { authorization: `Bearer ${secret}` })

let nowMs = 0
let access = new Access(TOKEN, () => nowMs)
beforeEach(() => {
  nowMs = 1000
  access = new Access(TOKEN, () => nowMs)
})
const key = () => access.keyFor(withSecret(TOKEN)) ?? ''

describe('granted is', () => {
  it.each<[string, () => IncomingMessage]>([
    ['a program with the token', () => withSecret(TOKEN)],
    ['a page with its key', () => withSecret(key())],
    [
      'a page that sends its key with the handshake',
      () => asked('/control', { 'sec-websocket-protocol': `switchyard, switchyard.key.${key()}` }),
    ],
    [
      'a page that sends the token with the handshake',
      () => asked('/', { 'sec-websocket-protocol': `switchyard.key.${TOKEN}` }),
    ],
  ])('%s', (_what, request) => {
    expect(access.isGranted(request())).toBe(true)
  })
})

describe('not granted is', () => {
  it.each<[string, () => IncomingMessage]>([
    ['a request with nothing', () => asked('/')],
    ['the token in an address', () => asked(`/?token=${TOKEN}`)],
    ['the key in an address', () => asked(`/control?key=${key()}`)],
    ['the token as a cookie', () => asked('/', { cookie: `switchyard_8765=${TOKEN}` })],
    ['the key as a cookie', () => asked('/', { cookie: `switchyard_8765=${key()}; key=${key()}` })],
    ['half a token', () => withSecret(TOKEN.slice(0, 16))],
    ['more than the token', () => withSecret(`${TOKEN}x`)],
    ['the token by Basic', () => asked('/', { authorization: `Basic ${TOKEN}` })],
    ['a code', () => withSecret(access.createCode())],
    ['the key under another name', () => asked('/', { 'sec-websocket-protocol': key() })],
    [
      'the key of another token',
      () => withSecret(new Access(`${TOKEN}x`, () => 0).keyFor(withSecret(`${TOKEN}x`)) ?? ''),
    ],
  ])('%s', (_what, request) => {
    expect(access.isGranted(request())).toBe(false)
  })
})

it('the key does not hold the token, and is the same after a restart', () => {
  expect(key()).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(key()).not.toContain(TOKEN)
  expect(new Access(TOKEN, () => 0).keyFor(withSecret(TOKEN))).toBe(key())
})

describe('a code', () => {
  it('gives the key once', () => {
    const code = access.createCode()
    expect(access.isRedeemable(withSecret(code))).toBe(true)
    expect(access.keyFor(withSecret(code))).toBe(key())
    expect(access.isRedeemable(withSecret(code))).toBe(false)
    expect(access.keyFor(withSecret(code))).toBeNull()
  })
  it('expires after a minute', () => {
    const code = access.createCode()
    nowMs += 59_999
    expect(access.isRedeemable(withSecret(code))).toBe(true)
    nowMs += 1
    expect(access.isRedeemable(withSecret(code))).toBe(false)
  })
  it('gives way to newer ones, so that their number is bounded', () => {
    const codes = Array.from({ length: 9 }, () => access.createCode())
    expect(new Set(codes).size).toBe(9)
    expect(codes.map((code) => access.isRedeemable(withSecret(code)))).toEqual([
      false,
      ...Array<boolean>(8).fill(true),
    ])
  })
})

it('a new token ends the old one, its key and the codes', () => {
  const old = [TOKEN, key(), access.createCode()].map(withSecret)
  access.adopt('another-token-of-the-panel')
  for (const request of old) {
    expect(access.isGranted(request)).toBe(false)
    expect(access.keyFor(request)).toBeNull()
  }
  expect(access.isGranted(withSecret('another-token-of-the-panel'))).toBe(true)
})
