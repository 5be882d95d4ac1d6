/** The open connections of one port, in bounds: how many there are, and from where. */
import type { Socket } from 'node:net'
import { isLoopbackHost } from '../protocol/origin.ts'
import type { SocketLimits } from './limits.ts'
import { addressKey } from './peer.ts'

export class Connections {
  private readonly limits: SocketLimits
  private readonly all = new Set<Socket>()
  private readonly admitted = new WeakSet<object>()
  private readonly remote = new Map<string, number>()
  private remoteTotal = 0

  constructor(limits: SocketLimits) {
    this.limits = limits
  }

  get total(): number {
    return this.all.size
  }

  /** Counts a new connection until it closes; why it must be refused, or null. */
  admit(socket: Socket): string | null {
    const address = socket.remoteAddress ?? ''
    const key = isLoopbackHost(address) ? null : addressKey(address)
    const reason = this.reasonAgainst(key)
    // A refused one is counted too: while its answer is on the way it holds memory like the others.
    this.count(socket, key)
    if (reason === null) this.admitted.add(socket)
    return reason
  }

  /** False for a connection that was refused and sends requests all the same. */
  isAdmitted(socket: object): boolean {
    return this.admitted.has(socket)
  }

  /** Cuts every connection, upgraded ones too. */
  destroyAll(): void {
    for (const socket of this.all) socket.destroy()
  }

  private reasonAgainst(remoteKey: string | null): string | null {
    const { connectionsMax, remoteConnectionsMax, connectionsPerAddressMax } = this.limits
    if (this.all.size >= connectionsMax) return `${connectionsMax} connections are open`
    if (remoteKey === null) return null
    if (this.remoteTotal >= remoteConnectionsMax) {
      return `${remoteConnectionsMax} connections from other machines are open`
    }
    if ((this.remote.get(remoteKey) ?? 0) >= connectionsPerAddressMax) {
      return `${connectionsPerAddressMax} connections from ${remoteKey} are open`
    }
    return null
  }

  private count(socket: Socket, remoteKey: string | null): void {
    this.all.add(socket)
    this.addRemote(remoteKey, 1)
    socket.once('close', () => {
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
