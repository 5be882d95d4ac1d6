import { RegExpSyntaxError, RegExpValidator } from '@eslint-community/regexpp'

/** A message with the 1-based position (for some errors that of the next character); null for a valid pattern. */
export function regexProblem(pattern: string): string | null {
  const place = placeOfFault(pattern)
  const reason = place?.reason ?? engineReason(pattern)
  if (reason === null) return null
  const where = place === null ? '' : ` near character ${place.index + 1} of ${pattern.length}`
  return `the regular expression "${pattern}" is not valid${where}: ${reason}; correct it, or search for plain text`
}

/** The engine reports the error without a position, so a separate parser finds it. */
function placeOfFault(pattern: string): { index: number; reason: string } | null {
  try {
    new RegExpValidator({ ecmaVersion: 2024 }).validatePattern(pattern, 0, pattern.length, false)
    return null
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error
    return { index: Math.min(error.index, pattern.length - 1), reason: reasonOf(error, pattern) }
  }
}

/** The engine decides: it may reject patterns that are too large or too new for it. */
function engineReason(pattern: string): string | null {
  try {
    new RegExp(pattern)
    return null
  } catch (error) {
    return reasonOf(error as Error, pattern)
  }
}

function reasonOf({ message }: Error, pattern: string): string {
  const at = message.indexOf(pattern)
  const reason = at === -1 ? message : message.slice(at + pattern.length)
  return reason.replace(/^\/[a-z]*: /, '')
}
