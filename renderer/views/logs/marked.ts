import type { LogText } from '../../state/log_store.ts'

export interface Part {
  part: string
  isMatch: boolean
}

/** Switchyard ran the expression with a time limit; these limits bound the cost of repeating it per visible line. */
const REGEX_TEXT_MAX = 2000
const MATCHES_MAX = 50

export function marked(text: string, searched: LogText): readonly Part[] {
  const whole = [{ part: text, isMatch: false }]
  if (searched.search === '') return whole
  const spans = searched.isRegex ? regexSpans(text, searched) : plainSpans(text, searched)
  if (spans.length === 0) return whole
  const parts: Part[] = []
  let from = 0
  for (const { start, end } of spans) {
    if (start > from) parts.push({ part: text.slice(from, start), isMatch: false })
    parts.push({ part: text.slice(start, end), isMatch: true })
    from = end
  }
  if (from < text.length) parts.push({ part: text.slice(from), isMatch: false })
  return parts
}

interface Span {
  start: number
  end: number
}

function plainSpans(text: string, { search, isCaseSensitive }: LogText): Span[] {
  const haystack = isCaseSensitive ? text : text.toLowerCase()
  const needle = isCaseSensitive ? search : search.toLowerCase()
  // A letter with a longer lower case would shift all following offsets.
  if (haystack.length !== text.length) return []
  const spans: Span[] = []
  let at = haystack.indexOf(needle)
  while (at !== -1 && spans.length < MATCHES_MAX) {
    spans.push({ start: at, end: at + needle.length })
    at = haystack.indexOf(needle, at + needle.length)
  }
  return spans
}

function regexSpans(text: string, searched: LogText): Span[] {
  const regex = regexOf(searched)
  if (regex === null || text.length > REGEX_TEXT_MAX) return []
  const spans: Span[] = []
  for (const match of text.matchAll(regex)) {
    // Empty matches are not marked.
    if (match[0] !== '') spans.push({ start: match.index, end: match.index + match[0].length })
    if (spans.length === MATCHES_MAX) break
  }
  return spans
}

/** null if this browser rejects the expression although Switchyard accepted it. */
function regexOf({ search, isCaseSensitive }: LogText): RegExp | null {
  try {
    return new RegExp(search, isCaseSensitive ? 'g' : 'gi')
  } catch {
    return null
  }
}
