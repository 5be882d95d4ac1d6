/** A bare WebSocket echo server. Prints where it listens. */
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer, isBinary) => {
    socket.send(data, { binary: isBinary })
  })
})
server.once('listening', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`listening on ws://127.0.0.1:${port}\nready on nothing\n`)
})
process.on('SIGTERM', () => process.exit(0))
