/** Transport of a panel's ControlApi: a WebSocket, or the desktop app's channel to its window. */
export interface PanelSocket {
  readonly bufferedAmount: number
  readonly readyState: number
  readonly OPEN: number
  send(text: string): void
  on(event: 'message', listener: (data: Buffer) => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
}
