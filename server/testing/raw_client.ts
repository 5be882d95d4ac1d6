/** A TCP client that sends what no HTTP library would, and returns everything received. */
import { connect, type Socket } from 'node:net'

export interface RawClient {
  readonly socket: Socket
  /** Everything received until the other side closed. Never rejects: a reset counts as a close. */
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

/** Sends lines with HTTP line ends; resolves with the response when the other side has closed. */
export async function exchange(port: number, ...lines: string[]): Promise<string> {
  const { socket, received } = rawClient(port)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return received
}

/** The lines of an accepted upgrade, followed by `more`. */
export const upgradeLines = (path = '/', ...more: string[]): string[] => [
  `GET ${path} HTTP/1.1`,
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ...more,
]
