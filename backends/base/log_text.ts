/** Formats JSON log lines as text. Loaded on demand: see log.ts. */
import { prettyFactory } from 'pino-pretty'

export const toText: (line: string) => string = prettyFactory({
  colorize: false,
  ignore: 'name,wording',
  translateTime: 'SYS:HH:MM:ss.l',
  singleLine: true,
})
