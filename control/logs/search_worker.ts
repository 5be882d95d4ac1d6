/** Entry of the search thread, which is terminated if an expression runs away. */
import { parentPort } from 'node:worker_threads'
import { counted, exported, ranked, search } from './search_scan.ts'
import type { ExportPiece, FromSearchThread, ToSearchThread } from './search_messages.ts'

const PIECE_CHARACTERS = 256 * 1024
/** Lines between two `alive` messages: far less than a second of work. */
const ALIVE_LINES = 2000

if (parentPort === null) throw new Error('search_worker.ts runs as a worker thread only')
const port = parentPort
let lines: Generator<string | null> | null = null

port.on('message', (message: ToSearchThread) => {
  send({ type: 'alive' })
  switch (message.type) {
    case 'search':
      send(search(message))
      return
    case 'slowest':
      send(ranked(message, alive()))
      return
    case 'histogram':
      send(counted(message))
      return
    case 'export':
      lines = exported(message)
      send(nextPiece(lines))
      return
    case 'next':
      if (lines === null) throw new Error('"next" before "export"')
      send(nextPiece(lines))
      return
    default:
      message satisfies never
  }
})

function alive(): () => void {
  let looked = 0
  return () => {
    if (++looked % ALIVE_LINES === 0) send({ type: 'alive' })
  }
}

function nextPiece(source: Generator<string | null>): ExportPiece {
  let text = ''
  const tick = alive()
  for (;;) {
    if (text.length >= PIECE_CHARACTERS) return piece(text, false)
    const step = source.next()
    if (step.done === true) return piece(text, true)
    if (step.value !== null) text += step.value
    tick()
  }
}

const piece = (text: string, isLast: boolean): ExportPiece => ({
  type: 'piece',
  bytes: new TextEncoder().encode(text),
  isLast,
})

function send(message: FromSearchThread): void {
  port.postMessage(message)
}
