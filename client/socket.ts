/** The part of a WebSocket that the clients use. The WebSockets of browsers and of `ws` satisfy it as they are. */
export interface ClientSocket {
  /** As in the WebSocket standard; `SOCKET_OPEN` while it can send. */
  readonly readyState: number
  /** Bytes sent that the network has not taken yet. */
  readonly bufferedAmount: number
  /** HTTP status with which the server rejected the upgrade. Browsers hide it. */
  readonly rejectedStatus?: number | undefined
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void
  /** `close` follows. */
  addEventListener(type: 'error', listener: (event: object) => void): void
}

/** Values of `readyState`. */
export const SOCKET_OPEN = 1
export const SOCKET_CLOSED = 3

/** Opens a new connection. Address and credentials are bound by the caller: a page passes them in another way than a program. */
export type OpenSocket = () => ClientSocket
