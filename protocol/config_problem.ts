/** A fault of models.yaml as one line of text. */
import type { ConfigProblem } from './config.ts'
import { printable } from './printable.ts'

/** `models.yaml:3: emotion: port must be within 1024-65535, not 80. Use 8769.` */
export function problemText({ file, line, key, message, remedy }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}`
  const backend = /^model_backends\.([^.]+)/.exec(key)?.[1]
  const isNamed = backend === undefined || message.startsWith(`${backend} `)
  const owner = isNamed ? '' : `${backend}: `
  return printable(`${place}: ${owner}${[message, remedy].filter((part) => part !== '').join(' ')}`)
}
