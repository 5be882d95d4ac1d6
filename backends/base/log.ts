/** Logger of a backend process: JSON lines for the control plane, readable text for a person. Gathers lines, loses none that matter. */
import { pino, type DestinationStream } from 'pino'
import type { BackendLog } from './backend.ts'

export const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** From one JSON line, its line break included, to what a person reads. */
export type ToText = (line: string) => string

export interface ProcessLog extends BackendLog {
  /** Writes what is still gathered; for lines that somebody waits for, and before the process kills itself. */
  flush(): void
}

/**
 * Debug and info lines are gathered for this long: a busy backend writes one a request, and each write is a system call on the
 * thread that answers. The first line after a pause is written immediately, so a single line is never delayed.
 */
const GATHER_MS = 50

/** Gathered lines are written before this many bytes: one write to a pipe of the usual 64 KiB, with room to spare. */
const GATHERED_BYTES_MAX = 8192
/** Buffered bytes for a reader that has exited, which ends this process too. Further lines are dropped. */
const PILED_UP_BYTES_MAX = 1024 ** 2

/**
 * Logs to stdout. Warnings and errors are written immediately, with everything buffered before them, and so is everything when the
 * process exits in whatever way runs JavaScript: `process.exit`, an uncaught error. SIGKILL and an abort in native code lose
 * the debug and info lines of the last GATHER_MS at most.
 */
export function createLog(name: string, form: 'json' | ToText): ProcessLog {
  // Synchronous writes: sonic-boom's flushSync would overtake an asynchronous one, and never ends when the reader has exited.
  const stdout = pino.destination({
    fd: 1,
    sync: true,
    minLength: GATHERED_BYTES_MAX,
    maxLength: PILED_UP_BYTES_MAX,
  })
  // A closed pipe (the reader died) must not become an unhandled error; the parent watch ends the process.
  stdout.on('error', () => undefined)
  const flush = () => {
    stdout.flush()
  }
  process.on('exit', flush)
  return { ...levelsOf(name, destinationOf(form, stdout), gathering(flush)), flush }
}

/** Loads the formatter only where it is wanted: it takes longer to load than all else that logging needs. */
export async function loadToText(): Promise<ToText> {
  return (await import('./log_text.ts')).toText
}

const destinationOf = (form: 'json' | ToText, stdout: DestinationStream): DestinationStream =>
  form === 'json'
    ? stdout
    : {
        write: (line) => {
          stdout.write(form(line))
        },
      }

function levelsOf(
  name: string,
  destination: DestinationStream,
  gather: Gathering,
): Record<keyof BackendLog, BackendLog['info']> {
  const logger = pino({ name, level: 'debug', base: { name } }, destination)
  const at =
    (level: keyof BackendLog, written: () => void): BackendLog['info'] =>
    (message, fields = {}) => {
      logger[level](fields, message)
      written()
    }
  return {
    debug: at('debug', gather.soon),
    info: at('info', gather.soon),
    warn: at('warn', gather.now),
    error: at('error', gather.now),
  }
}

interface Gathering {
  /** A line was gathered that may wait. */
  soon(): void
  /** A line was gathered that may not. */
  now(): void
}

/** Flushes the first line immediately, and those that follow within GATHER_MS together. */
function gathering(flush: () => void): Gathering {
  let timer: NodeJS.Timeout | null = null
  let isWaiting = false
  const now = () => {
    isWaiting = false
    flush()
  }
  const elapsed = () => {
    timer = null
    if (!isWaiting) return
    now()
    open()
  }
  const open = () => {
    timer = setTimeout(elapsed, GATHER_MS)
    // The exit flushes: a quiet end need not wait for the timer.
    timer.unref()
  }
  return {
    now,
    soon: () => {
      if (timer !== null) {
        isWaiting = true
        return
      }
      now()
      open()
    },
  }
}
