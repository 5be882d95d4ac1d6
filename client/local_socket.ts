import { SOCKET_CLOSED, SOCKET_OPEN, type ClientSocket } from './socket.ts'

interface SocketEvents {
  open: object
  message: { data: string }
  close: { code: number; reason: string }
  error: object
}

/** Base of in-process sockets: the owner opens and closes it and passes in messages. */
export abstract class LocalSocket implements ClientSocket {
  readonly bufferedAmount = 0
  readyState = 0
  private readonly listeners: { [K in keyof SocketEvents]: ((event: SocketEvents[K]) => void)[] } =
    { open: [], message: [], close: [], error: [] }

  abstract send(text: string): void
  abstract close(): void

  addEventListener<K extends keyof SocketEvents>(
    type: K,
    listener: (event: SocketEvents[K]) => void,
  ): void {
    this.listeners[type].push(listener)
  }

  protected opened(): void {
    if (this.readyState !== 0) return
    this.readyState = SOCKET_OPEN
    this.dispatch('open', {})
  }

  protected received(data: string): void {
    if (this.readyState === SOCKET_OPEN) this.dispatch('message', { data })
  }

  protected ended(code = 1000, reason = ''): void {
    if (this.readyState === SOCKET_CLOSED) return
    this.readyState = SOCKET_CLOSED
    this.dispatch('close', { code, reason })
  }

  private dispatch<K extends keyof SocketEvents>(type: K, event: SocketEvents[K]): void {
    for (const listener of this.listeners[type]) listener(event)
  }
}
