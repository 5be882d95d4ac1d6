/** What is wrong with a regular expression that a person typed, and where. */
import { RegExpSyntaxError, RegExpValidator } from '@eslint-community/regexpp'

/** A sentence that names the position, counted from 1 (of some faults the character after); null when the expression is sound. */
export function regexProblem(pattern: string): string | null {
  const place = placeOfFault(pattern)
  const reason = place?.reason ?? engineReason(pattern)
  if (reason === null) return null
  const where = place === null ? '' : ` near character ${place.index + 1} of ${pattern.length}`
  return `the regular expression "${pattern}" is not valid${where}: ${reason}; correct it, or search for plain text`
}

/** The engine says what is wrong, but not where: that takes a parser of its own. */
function placeOfFault(pattern: string): { index: number; reason: string } | null {
  try {
    new RegExpValidator({ ecmaVersion: 2024 }).validatePattern(pattern, 0, pattern.length, false)
    return null
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error
    return { index: Math.min(error.index, pattern.length - 1), reason: reasonOf(error, pattern) }
  }
}

/** The last word is the engine's: it may refuse what is too large for it, or newer than it. */
function engineReason(pattern: string): string | null {
  try {
    new RegExp(pattern)
    return null
  } catch (error) {
    return reasonOf(error as Error, pattern)
  }
}

/** Both write "Invalid regular expression: /pattern/: Reason", with flags or without. */
function reasonOf({ message }: Error, pattern: string): string {
  const at = message.indexOf(pattern)
  const reason = at === -1 ? message : message.slice(at + pattern.length)
  return reason.replace(/^\/[a-z]*: /, '')
}
