/** Limits the open connections of a port, in total and per address, and chooses which one to close to make room. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { isLoopbackHost } from '../protocol/origin.ts'
import { isBusy } from './busy.ts'
import type { SocketLimits } from './limits.ts'
import { addressKey } from './peer.ts'

/** `trusted_only`: served if its first request carries the token. */
export type Admission = { as: 'anyone' | 'trusted_only' } | { as: 'refused'; reason: string }

interface Open {
  /** null until the upgrade. */
  client: WebSocket | null
  admission: Admission['as']
  isKept: boolean
  activeMs: number
}

/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number: "Try Again Later" */
const TRY_AGAIN_LATER = 1013
const IDLE_MS_MIN = 1000
/** The first request follows a connection of this machine within milliseconds. */
const UNPROVEN_MS_MIN = 100

const isIdle = ({ client }: Open, idleMs: number) =>
  idleMs >= IDLE_MS_MIN && (client === null || !isBusy(client))
const isUnproven = ({ admission }: Open, idleMs: number) =>
  admission === 'trusted_only' && idleMs >= UNPROVEN_MS_MIN

export class Connections {
  private readonly limits: SocketLimits
  private readonly now: () => number
  private readonly onClosedIdle: () => void
  private readonly all = new Map<object, Open>()
  private readonly sockets = new Set<Socket>()
  private readonly remote = new Map<string, number>()
  private remoteTotal = 0
  /** Refused, or closed to make room, and still open. */
  private leaving = 0

  /** `now` returns monotonic milliseconds; `onClosedIdle` is called for each connection closed to make room. */
  constructor(limits: SocketLimits, now: () => number, onClosedIdle: () => void) {
    this.limits = limits
    this.now = now
    this.onClosedIdle = onClosedIdle
  }

  get total(): number {
    return this.all.size
  }

  admit(socket: Socket): Admission {
    const address = socket.remoteAddress ?? ''
    const key = isLoopbackHost(address) ? null : addressKey(address)
    const admission = this.admissionOf(key)
    this.count(socket, key, admission.as)
    if (admission.as === 'refused') this.leave(socket)
    return admission
  }

  /** Whether to serve a request on it. A connection with the token is never closed to make room. */
  isAdmitted(socket: object, { isTrusted }: { isTrusted: boolean }): boolean {
    const open = this.all.get(socket)
    if (open === undefined || open.admission === 'refused') return false
    if (isTrusted) open.isKept = true
    return isTrusted || open.admission === 'anyone'
  }

  /** False for a refused connection, which may still send requests. */
  isOpen(socket: object): boolean {
    return (this.all.get(socket)?.admission ?? 'refused') !== 'refused'
  }

  upgraded(socket: object, client: WebSocket): void {
    const open = this.all.get(socket)
    if (open === undefined) return
    open.client = client
    client.on('message', () => {
      open.activeMs = this.now()
    })
  }

  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  private admissionOf(remoteKey: string | null): Admission {
    const { connectionsMax, reservedConnectionsMax } = this.limits
    const remoteReason = remoteKey === null ? null : this.reasonAgainstRemote(remoteKey)
    if (remoteReason !== null) return { as: 'refused', reason: remoteReason }
    const open = this.all.size - this.leaving
    if (open < connectionsMax) return { as: 'anyone' }
    if (this.closeLongestIdle(isIdle)) return { as: 'anyone' }
    const hasReserve = open < connectionsMax + reservedConnectionsMax
    if (hasReserve || this.closeLongestIdle(isUnproven)) return { as: 'trusted_only' }
    return { as: 'refused', reason: `${connectionsMax} connections are open` }
  }

  private reasonAgainstRemote(remoteKey: string): string | null {
    const { remoteConnectionsMax, connectionsPerAddressMax } = this.limits
    if (this.remoteTotal >= remoteConnectionsMax) {
      return `${remoteConnectionsMax} connections from other machines are open`
    }
    if ((this.remote.get(remoteKey) ?? 0) >= connectionsPerAddressMax) {
      return `${connectionsPerAddressMax} connections from ${remoteKey} are open`
    }
    return null
  }

  private closeLongestIdle(mayClose: (open: Open, idleMs: number) => boolean): boolean {
    const nowMs = this.now()
    let longest: Socket | null = null
    let since = Infinity
    for (const socket of this.sockets) {
      const open = this.all.get(socket)
      if (open === undefined || open.isKept || open.activeMs >= since) continue
      if (!mayClose(open, nowMs - open.activeMs)) continue
      longest = socket
      since = open.activeMs
    }
    if (longest === null) return false
    const { client = null } = this.all.get(longest) ?? {}
    this.leave(longest)
    if (client === null) longest.destroy()
    else client.close(TRY_AGAIN_LATER, 'the port is full and this connection was idle longest')
    this.onClosedIdle()
    return true
  }

  /** Frees its place. Connections that are still closing are bounded too. */
  private leave(socket: Socket): void {
    const open = this.all.get(socket)
    if (open !== undefined) open.isKept = true
    this.leaving++
    socket.once('close', () => {
      this.leaving--
    })
    if (this.leaving > this.limits.connectionsMax) socket.destroy()
  }

  private count(socket: Socket, remoteKey: string | null, admission: Admission['as']): void {
    this.sockets.add(socket)
    this.all.set(socket, { client: null, admission, isKept: false, activeMs: this.now() })
    this.addRemote(remoteKey, 1)
    socket.once('close', () => {
      this.sockets.delete(socket)
      this.all.delete(socket)
      this.addRemote(remoteKey, -1)
    })
  }

  private addRemote(key: string | null, change: 1 | -1): void {
    if (key === null) return
    this.remoteTotal += change
    const count = (this.remote.get(key) ?? 0) + change
    if (count === 0) this.remote.delete(key)
    else this.remote.set(key, count)
  }
}
