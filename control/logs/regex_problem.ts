/** Why the engine refuses a typed regular expression; null when it is valid. The search thread bounds how long one may run. */
export function regexProblem(pattern: string): string | null {
  try {
    new RegExp(pattern)
    return null
  } catch (error) {
    // "Invalid regular expression: /pattern/: Reason"
    const { message } = error as SyntaxError
    const at = message.indexOf(pattern)
    const reason = at === -1 ? message : message.slice(at + pattern.length).replace(/^\/: /, '')
    return `the regular expression "${pattern}" is not valid: ${reason}; correct it, or search for plain text`
  }
}
