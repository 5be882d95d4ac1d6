import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInTheWay, plainAddress } from './addresses.ts'

describe('plainAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['*', '*'],
  ])('%s is %s', (address, plain) => {
    expect(plainAddress(address)).toBe(plain)
  })

  it('reads any IPv4 address out of its IPv6 form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(plainAddress(`::ffff:${address}`)).toBe(address)
      }),
    )
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(plainAddress(plainAddress(address))).toBe(plainAddress(address))
      }),
    )
  })
})

describe('isInTheWay', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '::1', false],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['127.0.0.1', '0.0.0.0', true],
    ['0.0.0.0', '::1', false],
    ['::', '127.0.0.1', true],
    ['::', '::1', true],
    ['*', '127.0.0.1', true],
  ])('a socket on %s against %s: %s', (held, wanted, expected) => {
    expect(isInTheWay(held, wanted)).toBe(expected)
  })
})
