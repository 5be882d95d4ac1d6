/** Scripted backends behind a gateway, over real sockets. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import type { BackendConfig } from '../../protocol/config.ts'
import { Gateway } from '../gateway.ts'
import type { NewLogLine } from '../targets.ts'
import type { GatewayBackend } from '../targets.ts'
import { FakeTarget, request } from './fakes.ts'

const closers: (() => Promise<void>)[] = []

/** Call after each test. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

export async function listen(
  onConnection: (socket: WebSocket, path: string) => void,
): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket, { url = '/' }) => {
    socket.on('error', () => undefined)
    onConnection(socket, url)
  })
  await once(server, 'listening')
  closers.push(() => closeServer(server))
  return addressOf(server)
}

export const addressOf = (server: WebSocketServer) =>
  `ws://127.0.0.1:${(server.address() as AddressInfo).port}`

export async function closeServer(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.terminate()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

type Answer = (socket: WebSocket, message: Record<string, unknown>, frame: Buffer) => void

/** A text-only backend. */
export const backendOf = (answer: Answer) =>
  listen((socket) => {
    socket.on('message', (data: Buffer) => {
      answer(socket, JSON.parse(data.toString('utf8')), data)
    })
  })

export async function startGateway(...backends: GatewayBackend[]) {
  const lines: NewLogLine[] = []
  const gateway = new Gateway({
    find: (name) => backends.find((backend) => backend.name === name),
    names: () => backends.map(({ name }) => name),
    logs: { add: (line) => void lines.push(line) },
    clock: { wall: () => Date.now(), monotonic: () => performance.now() },
    quarantineFile: null,
  })
  const url = await listen((socket, path) => {
    gateway.addClient(socket, /^\/backends\/([^/]+)$/.exec(path)?.[1] ?? null)
  })
  closers.push(() => gateway.close())
  return { gateway, url, lines }
}

export const one = (
  name: string,
  url: string,
  keys: Partial<BackendConfig> = {},
): GatewayBackend => ({
  name,
  targets: [new FakeTarget(name, keys, url)],
})
export const ask = (id: string, backend: string, data: object = {}) =>
  request(id, data, { backend })
