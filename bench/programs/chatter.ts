/**
 * `chatter.js --port P --lines 10000`: an external backend that answers health checks and logs that many numbered
 * lines per second, like a forgotten debug log. The last line holds their number.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { WebSocketServer } from 'ws'

const { values } = parseArgs({
  options: { port: { type: 'string' }, lines: { type: 'string', default: '10000' } },
})
const perSecond = Number(values.lines)
/** Lines come in bursts, as from a busy program. */
const STEP_MS = 50

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(values.port) })
server.on('connection', (socket) => {
  socket.on('error', () => socket.terminate())
  socket.on('message', (text: Buffer) => {
    const { type } = JSON.parse(text.toString('utf8')) as { type?: string }
    if (type === 'health_check') {
      socket.send(JSON.stringify({ type: 'pong', status: 'healthy' }))
    }
  })
})

let written = 0
const begunMs = performance.now()
const timer = setInterval(() => void talk(), STEP_MS)
let isBusy = false

async function talk(): Promise<void> {
  // A slow reader slows the output; lines must not pile up here.
  if (isBusy) return
  isBusy = true
  const due = Math.floor(((performance.now() - begunMs) / 1000) * perSecond)
  const lines = []
  while (written < due && lines.length < perSecond) {
    lines.push(`DEBUG chatter line ${written++} of a tensor that nobody asked about\n`)
  }
  if (!process.stdout.write(lines.join(''))) await once(process.stdout, 'drain')
  isBusy = false
}

process.once('SIGTERM', () => {
  clearInterval(timer)
  process.stdout.write(`INFO chatter wrote ${written} lines\n`, () => process.exit(0))
})
