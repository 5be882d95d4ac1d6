// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  isKeyRefused,
  keepPageKey,
  keyHeaders,
  keyProtocols,
  onOtherTabSignedIn,
  pageKey,
  signIn,
} from './page_key.ts'

const asked: { path: string; secret: string | null }[] = []
let status = 200

beforeEach(() => {
  asked.length = 0
  status = 200
  localStorage.clear()
  vi.stubGlobal('fetch', (path: string, { headers }: { headers: Record<string, string> }) => {
    asked.push({ path, secret: headers['authorization'] ?? null })
    return Promise.resolve(new Response(JSON.stringify({ key: 'the-key' }), { status }))
  })
})
afterEach(() => void vi.unstubAllGlobals())

const at = (path: string) => history.replaceState(null, '', path)

test.each(['token', 'code'])(
  'the %s of the address becomes a key and leaves the address',
  async (name) => {
    at(`/?${name}=secret&view=logs#part`)
    await signIn()
    expect(asked).toEqual([{ path: '/session', secret: 'Bearer secret' }])
    expect(location.href).toMatch(/\/\?view=logs#part$/)
    expect(pageKey()).toBe('the-key')
    expect(localStorage.length).toBe(1)
    expect(keyHeaders()).toEqual({ authorization: 'Bearer the-key' })
    expect(keyProtocols()).toEqual(['switchyard', 'switchyard.key.the-key'])
  },
)

test('an address with an old token leaves the key of the last time in force', async () => {
  keepPageKey('kept')
  status = 401
  at('/?token=old')
  await signIn()
  expect(pageKey()).toBe('kept')
  expect(location.search).toBe('')
})

test('a plain address asks nobody', async () => {
  at('/')
  await signIn()
  expect(asked).toEqual([])
})

test('without an answer the address keeps what a reload needs', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
  at('/?token=secret')
  await signIn()
  expect(location.search).toBe('?token=secret')
})

test.each([
  [200, false],
  [401, true],
  [403, true],
  [503, false],
])('an answer with status %i means refused: %s', async (answered, refused) => {
  status = answered
  expect(await isKeyRefused()).toBe(refused)
})

test('a tab that signs in is noticed by the others; one that signs out, or keeps other things, is not', () => {
  const noticed = vi.fn()
  onOtherTabSignedIn(noticed)
  dispatchEvent(new StorageEvent('storage', { key: 'switchyard.panel', newValue: 'x' }))
  dispatchEvent(new StorageEvent('storage', { key: 'switchyard.key', newValue: null }))
  expect(noticed).not.toHaveBeenCalled()
  dispatchEvent(new StorageEvent('storage', { key: 'switchyard.key', newValue: 'next' }))
  expect(noticed).toHaveBeenCalledOnce()
})

test('where storage is forbidden the key lasts as long as the page', () => {
  const forbidden = () => {
    throw new DOMException('denied', 'SecurityError')
  }
  vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden })
  keepPageKey('short-lived')
  expect(pageKey()).toBe('short-lived')
})
