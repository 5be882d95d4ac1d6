/** Ports that answer every page with "page" and have one WebSocket, /echo, which returns what it gets. */
import type { WebSocket } from 'ws'
import { answerText } from '../http_answers.ts'
import type { SocketLimits } from '../limits.ts'
import { openPort, type OpenPort, type PortOptions } from '../port.ts'

export interface TestPort extends OpenPort {
  /** All log messages so far. */
  readonly refused: string[]
  /** Resolves when a log message contains `part`. */
  said(part: string): Promise<void>
}

const opened = new Set<OpenPort>()

export const ECHO = {
  messageBytesMax: 1000,
  sameOriginOnly: false,
  serve: (socket: WebSocket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data: Buffer) => {
      socket.send(data)
    })
  },
}

export async function openTestPort(
  limits: Partial<SocketLimits> = {},
  more: Partial<PortOptions> = {},
): Promise<TestPort> {
  const refused: string[] = []
  const waiting = new Set<() => void>()
  const port = await openPort({
    host: '127.0.0.1',
    port: 0,
    contentPolicy: "default-src 'none'",
    allowsLinks: false,
    isProven: () => false,
    refusalOf: () => null,
    answer: (_request, response) => {
      answerText(response, 200, 'page')
    },
    endpointAt: (path) => (path === '/echo' ? ECHO : null),
    endpointText: 'there is /echo',
    onRefused: (reason) => {
      refused.push(reason)
      for (const check of waiting) check()
    },
    limits,
    ...more,
  })
  opened.add(port)
  const said = (part: string) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!refused.some((reason) => reason.includes(part))) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  const close = async (reason: string) => {
    opened.delete(port)
    await port.close(reason)
  }
  return { port: port.port, signOut: port.signOut, close, refused, said }
}

/** For `afterEach`. */
export async function closeTestPorts(): Promise<void> {
  await Promise.all([...opened].map((port) => port.close('the test is over')))
  opened.clear()
}
