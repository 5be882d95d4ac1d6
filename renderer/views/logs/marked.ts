/** A text cut at the places that match a search, without regard to case. Pure. */
export interface Part {
  part: string
  isMatch: boolean
}

export function marked(text: string, search: string): readonly Part[] {
  if (search === '') return [{ part: text, isMatch: false }]
  const parts: Part[] = []
  const lower = text.toLowerCase()
  const needle = search.toLowerCase()
  // A letter whose lower case is longer would shift all places behind it.
  if (lower.length !== text.length) return [{ part: text, isMatch: false }]
  let from = 0
  for (let at = lower.indexOf(needle); at !== -1; at = lower.indexOf(needle, from)) {
    if (at > from) parts.push({ part: text.slice(from, at), isMatch: false })
    from = at + needle.length
    parts.push({ part: text.slice(at, from), isMatch: true })
  }
  if (from < text.length) parts.push({ part: text.slice(from), isMatch: false })
  return parts
}
