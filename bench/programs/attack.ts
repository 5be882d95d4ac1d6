/**
 * Sends costly messages to a port and prints `done` once each is answered or rejected. Arguments: URL, name of the
 * attack.
 */
import { constants, setPriority } from 'node:os'
import { WebSocket } from 'ws'

// The measured port shares the cores with this program.
setPriority(constants.priority.PRIORITY_LOW)

const [url = '', name = ''] = process.argv.slice(2)
const MB = 1_000_000

const request = (data: string) =>
  `{"type":"inference_request","request_id":"attack","data":{"image":"AAAA",${data}}}`
const filled = (bytes: number, prefix: string, part: string) =>
  prefix + part.repeat(Math.floor(bytes / part.length))

function keys(bytes: number): string {
  const parts: string[] = []
  for (let index = 0, size = 0; size < bytes; index++) {
    const part = `"k${index}":1`
    parts.push(part)
    size += part.length + 1
  }
  return request(parts.join(','))
}

interface Attack {
  connections: number
  messages: number
  text: () => string
}
const one = { connections: 1, messages: 1 }
const ATTACKS: Record<string, Attack> = {
  'keys 12 MB': { ...one, text: () => keys(12 * MB) },
  'keys 30 MB': { ...one, text: () => keys(30 * MB) },
  'keys 60 MB': { ...one, text: () => keys(60 * MB) },
  'keys 100 MB': { ...one, text: () => keys(100 * MB) },
  'numbers 30 MB': { ...one, text: () => request(`${filled(30 * MB, '"x":[', '1,')}1]`) },
  'numbers 100 MB': { ...one, text: () => request(`${filled(100 * MB, '"x":[', '1,')}1]`) },
  'strings 100 MB': { ...one, text: () => request(`${filled(100 * MB, '"x":[', '"a",')}1]`) },
  'accepted numbers 99 MB': {
    ...one,
    text: () => request(`${filled(99 * MB, '"x":[', '1.23456789,')}1]`),
  },
  'recording 34 MB': {
    ...one,
    text: () =>
      request(`${filled(34 * MB, '"eeg_signal":[', '[1,2,3,4,5,6,7,8],')}[1,2,3,4,5,6,7,8]]`),
  },
  'one string 99 MB': { ...one, text: () => request(`"x":"${'A'.repeat(99 * MB)}"`) },
  'one string 99 MB, not ASCII': { ...one, text: () => request(`"x":"${'é'.repeat(49 * MB)}"`) },
  'reply 90 MB': { ...one, text: () => request('"x":1') },
  'arrays 6 MB': { ...one, text: () => request(`${filled(5.9 * MB, '"x":[', '[],')}1]`) },
  'pipelined 16 x 20 MB': { connections: 1, messages: 16, text: () => keys(20 * MB) },
  'pipelined 24 x 26 MB': { connections: 24, messages: 1, text: () => keys(26 * MB) },
  'health checks, never read': {
    connections: 100,
    messages: 20_000,
    text: () => '{"type":"health_check"}',
  },
}

const attack = ATTACKS[name]
if (attack === undefined) throw new Error(`attacks: ${Object.keys(ATTACKS).join(', ')}`)
const text = Buffer.from(attack.text())
console.log('begun')
let open = attack.connections
for (let index = 0; index < attack.connections; index++) {
  const socket = new WebSocket(url, { maxPayload: 200 * MB })
  let unanswered = attack.messages
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    console.log(`answer ${data.toString().slice(0, 200)}`)
    if (--unanswered === 0) socket.close()
  })
  socket.on('open', () => {
    if (name.includes('never read')) socket.pause()
    for (let sent = 0; sent < attack.messages; sent++) socket.send(text, { binary: false })
  })
  socket.on('close', (code) => {
    if (unanswered > 0) console.log(`answer: closed with ${code}`)
    if (--open === 0) console.log('done')
  })
}
