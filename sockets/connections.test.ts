import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Connections } from './connections.ts'
import { SOCKET_LIMITS } from './limits.ts'

/** What `Connections` looks at of a socket: a peer of another machine cannot be had in a test. */
const socketFrom = (remoteAddress: string) =>
  Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket

const LIMITS = {
  ...SOCKET_LIMITS,
  connectionsMax: 6,
  remoteConnectionsMax: 4,
  connectionsPerAddressMax: 2,
}

describe('of another machine', () => {
  it('one address has so many connections, and one more when one closes', () => {
    const connections = new Connections(LIMITS)
    const first = socketFrom('10.0.0.1')
    expect(connections.admit(first)).toBeNull()
    expect(connections.admit(socketFrom('::ffff:10.0.0.1'))).toBeNull()
    const third = socketFrom('10.0.0.1')
    expect(connections.admit(third)).toBe('2 connections from 10.0.0.1 are open')
    expect([connections.isAdmitted(first), connections.isAdmitted(third)]).toEqual([true, false])
    first.emit('close')
    third.emit('close')
    expect(connections.admit(socketFrom('10.0.0.1'))).toBeNull()
  })

  it('one IPv6 network counts as one address', () => {
    const connections = new Connections(LIMITS)
    connections.admit(socketFrom('2001:db8::1'))
    connections.admit(socketFrom('2001:db8::2'))
    expect(connections.admit(socketFrom('2001:db8::3'))).toMatch(/from 2001:db8:0:0::\/64/)
  })

  it('all together leave room for the programs of this one', () => {
    const connections = new Connections(LIMITS)
    for (const host of ['1', '2', '3', '4']) {
      expect(connections.admit(socketFrom(`10.0.0.${host}`))).toBeNull()
    }
    const fifth = socketFrom('10.0.0.5')
    expect(connections.admit(fifth)).toBe('4 connections from other machines are open')
    fifth.emit('close')
    expect(connections.admit(socketFrom('127.0.0.1'))).toBeNull()
    expect(connections.admit(socketFrom('::1'))).toBeNull()
    expect(connections.admit(socketFrom('127.0.0.1'))).toBe('6 connections are open')
    expect(connections.total).toBe(7)
  })
})

it('programs of this machine share one address and have no bound but the total', () => {
  const connections = new Connections(LIMITS)
  const sockets = Array.from({ length: 6 }, () => socketFrom('127.0.0.1'))
  expect(sockets.map((socket) => connections.admit(socket))).toEqual(new Array(6).fill(null))
  expect(connections.admit(socketFrom('127.0.0.1'))).toBe('6 connections are open')
})
