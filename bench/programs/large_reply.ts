import { WebSocketServer } from 'ws'

const BYTES = 90_000_000

const text = 'A'.repeat(BYTES)
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) })
server.on('listening', () => {
  console.log('listening')
})
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const { type, request_id } = JSON.parse(data.toString()) as Record<string, unknown>
    if (type === 'health_check') socket.send('{"type":"pong","status":"healthy"}')
    else socket.send(JSON.stringify({ type: 'inference_response', request_id, data: { text } }))
  })
})
