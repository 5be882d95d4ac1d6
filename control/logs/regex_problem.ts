import { message, type Message } from '../../protocol/messages.ts'

/** Why the engine refuses a typed regular expression; null when it is valid. The search thread bounds how long one may run. */
export function regexProblem(pattern: string): Message | null {
  try {
    new RegExp(pattern)
    return null
  } catch (error) {
    // "Invalid regular expression: /pattern/: Reason"
    const { message: text } = error as SyntaxError
    const at = text.indexOf(pattern)
    const reason = at === -1 ? text : text.slice(at + pattern.length).replace(/^\/: /, '')
    return message('logs.regex', { pattern, reason })
  }
}
