/** Imported before the entry of a forked Node process: makes it behave like one of Electron's utility processes. */
import { EventEmitter } from 'node:events'
import { readSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** The pipe that announces the exit, as Electron's message pipe does. */
const ANNOUNCE_FD = 4

// Worker threads import this file as well.
if (isMainThread) becomeUtility()

function becomeUtility() {
  const port = new EventEmitter()
  /** @type {object[]} */
  const early = []
  port.on('newListener', (name) => {
    if (name !== 'message' || port.listenerCount('message') > 0) return
    queueMicrotask(() => {
      for (const event of early.splice(0)) port.emit('message', event)
    })
  })
  Object.defineProperty(process, 'parentPort', { value: port })

  const emit = process.emit.bind(process)
  Object.assign(process, {
    send: undefined,
    connected: undefined,
    disconnect: () => undefined,
    emit: (/** @type {string} */ name, /** @type {unknown[]} */ ...given) => {
      if (name === 'disconnect') return false
      if (name !== 'message') return emit(/** @type {any} */ (name), .../** @type {any} */ (given))
      const event = { data: given[0], ports: [] }
      if (port.listenerCount('message') === 0) early.push(event)
      else port.emit('message', event)
      return true
    },
  })
  // Node keeps messages back without a listener.
  process.on('message', () => undefined)

  // Chromium's loop runs on when Node's is empty.
  setInterval(() => undefined, 2 ** 31 - 1)

  process.on('exit', (code) => {
    writeSync(ANNOUNCE_FD, `${code}\n`)
    // Until the double lets it end.
    readSync(ANNOUNCE_FD, Buffer.alloc(1))
  })
}
