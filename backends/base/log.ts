import { pino, type DestinationStream } from 'pino'
import type { BackendLog } from './backend.ts'
import { Timer } from '../../protocol/disposables.ts'

export const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Turns one JSON line, line break included, into text. */
export type ToText = (line: string) => string

export interface ProcessLog extends BackendLog {
  /** Writes buffered lines; for lines that somebody waits for, and before the process kills itself. */
  flush(): void
}

/** Buffering of debug and info lines: each write is a system call on the replying thread. */
const GATHER_MS = 50

/** Flush threshold: one write to a usual 64 KiB pipe, with room to spare. */
const GATHERED_BYTES_MAX = 8192
/** Limit for a reader that exited, which ends this process too. Further lines are dropped. */
const PILED_UP_BYTES_MAX = 1024 ** 2

/** Warnings, errors and exits flush immediately; SIGKILL and native aborts lose up to GATHER_MS of lower levels. */
export function createLog(name: string, form: 'json' | ToText): ProcessLog {
  // Synchronous: sonic-boom's flushSync would overtake an asynchronous write, and hangs if the reader has exited.
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

/** Loaded on demand: it takes longer to load than the rest of the logger. */
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
  soon(): void
  now(): void
}

/** Flushes the first line immediately and later ones within GATHER_MS together. */
function gathering(flush: () => void): Gathering {
  const timer = new Timer()
  let isWaiting = false
  const now = () => {
    isWaiting = false
    flush()
  }
  const elapsed = () => {
    if (!isWaiting) return
    now()
    open()
  }
  const open = () => {
    // Exiting flushes, so the timer need not keep the process alive.
    timer.set(GATHER_MS, elapsed).unref()
  }
  return {
    now,
    soon: () => {
      if (timer.isSet) {
        isWaiting = true
        return
      }
      now()
      open()
    },
  }
}
