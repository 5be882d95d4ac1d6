import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressKey, isLocal } from './peer.ts'

const request = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('a request', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('from %s is local', (address) => {
    expect(isLocal(request(address))).toBe(true)
  })
  it.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', undefined])(
    'from %s is not local',
    (address) => {
      expect(isLocal(request(address))).toBe(false)
    },
  )
  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'])(
    'that a proxy of this machine passed on with %s is not local',
    (name) => {
      expect(isLocal(request('127.0.0.1', { [name]: 'x' }))).toBe(false)
    },
  )
})

describe('what counts as one address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::5:6:7', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  it('is the network, whatever the host part', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16))
    const four = fc.array(group, { minLength: 4, maxLength: 4 }).map((parts) => parts.join(':'))
    fc.assert(
      fc.property(four, four, four, (network, one, other) => {
        expect(addressKey(`${network}:${one}`)).toBe(addressKey(`${network}:${other}`))
        expect(addressKey(`${network}:${one}`)).toBe(`${network}::/64`)
      }),
    )
  })
})
