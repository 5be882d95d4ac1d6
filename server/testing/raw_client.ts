/** For tests: a TCP client that sends what no HTTP library would, and returns everything received. */
import { connect, type Socket } from 'node:net'

export interface RawClient {
  readonly socket: Socket
  /** All that came until the other side closed. Never rejects: a reset is a way to close. */
  readonly received: Promise<string>
}

export function rawClient(port: number, host = '127.0.0.1'): RawClient {
  const socket = connect({ port, host })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  const received = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(Buffer.concat(chunks).toString('latin1'))
    })
  })
  return { socket, received }
}

/** Sends lines, ended as HTTP wants it, and resolves with what came until the other side closed. */
export async function exchange(port: number, ...lines: string[]): Promise<string> {
  const { socket, received } = rawClient(port)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return received
}

/** The lines of an upgrade that a server accepts; `more` come last. */
export const upgradeLines = (path = '/', ...more: string[]): string[] => [
  `GET ${path} HTTP/1.1`,
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ...more,
]
