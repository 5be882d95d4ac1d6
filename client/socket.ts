/** The part of WebSocket that clients use, satisfied by browsers and `ws`. */
export interface ClientSocket {
  readonly readyState: number
  /** Bytes sent that the network has not taken yet. */
  readonly bufferedAmount: number
  /** HTTP status of a rejected upgrade. Browsers hide it. */
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

export const SOCKET_OPEN = 1
export const SOCKET_CLOSED = 3

/** Opens a new connection. The caller binds address and credentials, which pages and programs pass differently. */
export type OpenSocket = () => ClientSocket
