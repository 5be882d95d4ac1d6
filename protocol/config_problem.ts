/** A fault of models.yaml as one line of text. */
import type { ConfigProblem } from './config.ts'
import { printable } from './printable.ts'

/** `models.yaml:3: model_backends.emotion.port is 80; use a free port of 1024-65535` */
export function problemText({ file, line, key, message, remedy }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}`
  return printable(`${place}: ${key === '' ? '' : `${key} `}${message}; ${remedy}`)
}
