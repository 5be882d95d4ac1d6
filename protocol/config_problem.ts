import type { ConfigProblem } from './config.ts'
import { asText, joined, message, messageIn, quoted, type Message } from './messages.ts'

export interface Fault {
  message: Message
  remedy: Message | null
}

export const faultText = (fault: Fault) =>
  asText({ message: fault.message, remedy: fault.remedy ?? quoted('') })

/** `models.yaml:3: emotion: port must be within 1024-65535, not 80. Use 8769.` */
export function problemMessage(problem: ConfigProblem): Message {
  const { file, line, key } = problem
  const place = line === null ? file : `${file}:${line}`
  const backend = /^model_backends\.([^.]+)/.exec(key)?.[1]
  const isNamed = backend === undefined || problem.message.startsWith(`${backend} `)
  return message('config.problem', {
    place: isNamed ? place : `${place}: ${backend}`,
    problem: problemTexts(problem),
  })
}

export const problemText = (problem: ConfigProblem): string => problemMessage(problem).message

export const problemTexts = (problem: ConfigProblem): Message =>
  joined(messageIn(problem, 'message'), messageIn(problem, 'remedy'))
