/**
 * Writes to stdout and stderr without blocking: a paused terminal (Ctrl+S) or a stuck pipe loses lines but never blocks
 * the program.
 */
import { WriteStream } from 'node:tty'
import { Writable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { printableLines } from '../protocol/printable.ts'

/** Buffered bytes; a pipe holds 64 KiB as well. */
const WAITING_BYTES_MAX = 64 * 1024
/** Enough for a terminal that reads; a paused one must not delay the exit. */
const FLUSH_MS_MAX = 250

export interface Terminal {
  print(line: string): void
  note(line: string): void
  /** Resolves after a moment at most; false when lines are still buffered. */
  flush(): Promise<boolean>
}

let opened: Terminal | null = null

/** Everything that a running Switchyard prints goes through it. */
export function openTerminal(): Terminal {
  opened ??= createTerminal(unblocked(process.stdout, 1), unblocked(process.stderr, 2))
  return opened
}

export function createTerminal(stdout: Writable, stderr: Writable): Terminal {
  const out = new BoundedLines(stdout)
  const err = new BoundedLines(stderr)
  return {
    print: (line) => {
      out.write(line)
    },
    note: (line) => {
      err.write(line)
    },
    flush: async () => (await Promise.all([out.flush(), err.flush()])).every((isDone) => isDone),
  }
}

class BoundedLines {
  private readonly stream: Writable
  private dropped = 0
  private isBroken = false

  constructor(stream: Writable) {
    this.stream = stream
    stream.on('error', () => {
      this.isBroken = true
    })
    stream.on('drain', () => {
      this.reportDropped()
    })
  }

  write(line: string): void {
    if (this.isBroken) return
    if (this.stream.writableLength > WAITING_BYTES_MAX) {
      this.dropped++
      return
    }
    this.reportDropped()
    this.stream.write(`${printableLines(line)}\n`)
  }

  flush(): Promise<boolean> {
    if (this.isBroken || this.stream.writableLength === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false)
      }, FLUSH_MS_MAX)
      this.stream.write('', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }

  private reportDropped(): void {
    if (this.dropped === 0) return
    const count = this.dropped
    this.dropped = 0
    const lines = count === 1 ? '1 line was' : `${count} lines were`
    this.stream.write(`${lines} not printed while the terminal was paused; see the log files.\n`)
  }
}

/** Node writes to a terminal synchronously: a paused one would block the program. */
function unblocked(stream: NodeJS.WriteStream, fd: 1 | 2): Writable {
  if (!(stream instanceof WriteStream)) return stream
  // The Windows console always blocks the writing thread.
  if (process.platform === 'win32') return throughThread(fd)
  const { _handle: handle } = stream as unknown as { _handle?: Partial<BlockingHandle> }
  handle?.setBlocking?.(false)
  return stream
}

/** A Node stream handle; libuv reopens the terminal for it, so the shell's descriptor is not affected. */
interface BlockingHandle {
  setBlocking(isBlocking: boolean): number
}

/** Blocks in its own thread while lines are buffered in the stream. Exported for its test: only Windows needs it. */
export function throughThread(fd: number): Writable {
  let worker: Worker | null = null
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, onWritten) => {
      worker ??= new Worker(CONSOLE_THREAD, { eval: true, workerData: fd })
      worker.unref()
      worker.once('message', () => {
        onWritten()
      })
      worker.postMessage(text)
    },
  })
}

const CONSOLE_THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const { WriteStream } = require('node:tty')
const console = new WriteStream(workerData)
parentPort.on('message', (text) => console.write(text, () => parentPort.postMessage('written')))
`
