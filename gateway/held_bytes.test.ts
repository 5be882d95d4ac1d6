import { expect, it } from 'vitest'
import { HELD_BYTES_MAX, HeldBytes } from './held_bytes.ts'
import { MIB } from '../protocol/bytes.ts'

it('has room until the total of all clients is reached, and again after it', () => {
  const held = new HeldBytes()
  held.add(HELD_BYTES_MAX)
  expect(() => {
    held.requireRoom()
  }).not.toThrow()
  held.add(1)
  expect(() => {
    held.requireRoom()
  }).toThrow('the gateway holds 512 MiB of requests that no backend has taken yet; retry later')
  held.remove(1)
  expect(() => {
    held.requireRoom()
  }).not.toThrow()
})

it('leaves each client less when all hold much', () => {
  const held = new HeldBytes()
  expect(held.clientMax).toBe(64 * MIB)
  held.add(300 * MIB)
  expect(held.clientMax).toBe(8 * MIB)
  held.remove(300 * MIB)
  expect(held.clientMax).toBe(64 * MIB)
})

it('keeps few inputs for a crash', () => {
  const held = new HeldBytes()
  expect(held.keep(16 * MIB)).toBe(true)
  expect(held.keep(1)).toBe(false)
  held.letGo(16 * MIB)
  expect(held.keep(1)).toBe(true)
})
