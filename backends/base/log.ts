/** Logger of a backend process: JSON lines for the control plane, readable text for a person. */
import { pino, type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { BackendLog } from './backend.ts'

export const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Writes to stdout synchronously: the last lines before a crash are the ones that matter. */
export function createLog(name: string, format: LogFormat): BackendLog {
  const destination = pino.destination({ fd: 1, sync: true })
  // A closed pipe (the reader died) must not become an unhandled error; the parent watch ends the process.
  destination.on('error', () => undefined)
  const options = { name, level: 'debug', base: { name } }
  const logger: Logger =
    format === 'json'
      ? pino(options, destination)
      : pino(options, {
          write: (line: string) => {
            destination.write(toText(line))
          },
        })
  const at =
    (level: keyof BackendLog) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logger[level](fields, message)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

const toText = prettyFactory({
  colorize: false,
  ignore: 'name',
  translateTime: 'SYS:HH:MM:ss.l',
  singleLine: true,
})
