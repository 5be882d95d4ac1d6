/** A fault of models.yaml, and one as a line of text. */
import type { ConfigProblem } from './config.ts'
import { asText, joined, message, messageIn, quoted, type Message } from './messages.ts'

/** Sentences. */
export interface Fault {
  message: Message
  /** null where the message leaves no doubt. */
  remedy: Message | null
}

/** The two texts of a problem. */
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

/** What is wrong, and what to do. */
export const problemTexts = (problem: ConfigProblem): Message =>
  joined(messageIn(problem, 'message'), messageIn(problem, 'remedy'))
