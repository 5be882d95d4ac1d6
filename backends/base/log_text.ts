/** From a JSON line of the log to what a person reads. A module of its own, loaded only where it is wanted: see log.ts. */
import { prettyFactory } from 'pino-pretty'

/** `line` with its line break. */
export const toText: (line: string) => string = prettyFactory({
  colorize: false,
  ignore: 'name',
  translateTime: 'SYS:HH:MM:ss.l',
  singleLine: true,
})
