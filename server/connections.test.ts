import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Connections } from './connections.ts'
import { SOCKET_LIMITS } from './limits.ts'

/** The part of a socket that `Connections` uses; a test cannot have a remote peer. */
const socketFrom = (remoteAddress: string) =>
  Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket

const LIMITS = {
  ...SOCKET_LIMITS,
  connectionsMax: 6,
  reservedConnectionsMax: 2,
  remoteConnectionsMax: 4,
  connectionsPerAddressMax: 2,
}

let nowMs = 0
function setUp() {
  nowMs = 0
  let closed = 0
  const connections = new Connections(
    LIMITS,
    () => nowMs,
    () => closed++,
  )
  /** `anyone`, `trusted_only`, or why it is refused. */
  const admit = (socket: Socket) => {
    const admission = connections.admit(socket)
    return admission.as === 'refused' ? admission.reason : admission.as
  }
  return { connections, admit, closed: () => closed }
}
describe('of another machine', () => {
  it('one address has so many connections, and one more when one closes', () => {
    const { connections, admit } = setUp()
    const first = socketFrom('10.0.0.1')
    expect(admit(first)).toBe('anyone')
    expect(admit(socketFrom('::ffff:10.0.0.1'))).toBe('anyone')
    const third = socketFrom('10.0.0.1')
    expect(admit(third)).toBe('2 connections from 10.0.0.1 are open')
    expect([connections.isOpen(first), connections.isOpen(third)]).toEqual([true, false])
    first.emit('close')
    third.emit('close')
    expect(admit(socketFrom('10.0.0.1'))).toBe('anyone')
  })

  it('one IPv6 network counts as one address', () => {
    const { admit } = setUp()
    admit(socketFrom('2001:db8::1'))
    admit(socketFrom('2001:db8::2'))
    expect(admit(socketFrom('2001:db8::3'))).toMatch(/from 2001:db8:0:0::\/64/)
  })

  it('all together leave room for the programs of this one', () => {
    const { connections, admit } = setUp()
    for (const host of ['1', '2', '3', '4']) {
      expect(admit(socketFrom(`10.0.0.${host}`))).toBe('anyone')
    }
    const fifth = socketFrom('10.0.0.5')
    expect(admit(fifth)).toBe('4 connections from other machines are open')
    fifth.emit('close')
    expect(admit(socketFrom('127.0.0.1'))).toBe('anyone')
    expect(admit(socketFrom('::1'))).toBe('anyone')
    expect(admit(socketFrom('127.0.0.1'))).toBe('trusted_only')
    expect(connections.total).toBe(7)
  })
})

/** A local connection, and whether it was closed. */
function local() {
  const socket = socketFrom('127.0.0.1')
  const state = { socket, isCut: false }
  Object.assign(socket, {
    destroy: () => {
      state.isCut = true
      socket.emit('close')
    },
  })
  return state
}

describe('a full port', () => {
  it('serves so many more that come with the token', () => {
    const { connections, admit } = setUp()
    for (let index = 0; index < 6; index++) expect(admit(local().socket)).toBe('anyone')
    const [first, second] = [local().socket, local().socket]
    expect([admit(first), admit(second)]).toEqual(['trusted_only', 'trusted_only'])
    expect(connections.isAdmitted(first, { isTrusted: false })).toBe(false)
    expect(connections.isAdmitted(second, { isTrusted: true })).toBe(true)
    const third = local().socket
    expect(admit(third)).toBe('6 connections are open')
    expect(connections.isAdmitted(third, { isTrusted: true })).toBe(false)
    first.emit('close')
    expect(admit(local().socket)).toBe('trusted_only')
  })

  it('makes room by closing the connection that was idle longest, and none that came with the token', () => {
    const { connections, admit, closed } = setUp()
    const open = Array.from({ length: 6 }, () => {
      nowMs += 10
      const one = local()
      admit(one.socket)
      return one
    })
    connections.isAdmitted(open[0]?.socket ?? {}, { isTrusted: true })
    expect(admit(local().socket)).toBe('trusted_only')
    nowMs += 2000
    expect(admit(local().socket)).toBe('anyone')
    expect(open.map(({ isCut }) => isCut)).toEqual([false, true, false, false, false, false])
    expect(closed()).toBe(1)
  })
})

it('programs of this machine share one address and have no bound but the total', () => {
  const { admit } = setUp()
  const sockets = Array.from({ length: 6 }, () => socketFrom('127.0.0.1'))
  expect(sockets.map((socket) => admit(socket))).toEqual(new Array(6).fill('anyone'))
  expect(admit(socketFrom('127.0.0.1'))).toBe('trusted_only')
})
