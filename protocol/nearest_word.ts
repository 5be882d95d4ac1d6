/** Suggests the known word closest to a mistyped one. */

/** Maximum edits: one in a short word, a third of a longer one. */
const SHARE_MAX = 1 / 3

/** null if no word is close enough. Ignores case. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const typed = word.toLowerCase()
  const limit = Math.max(1, Math.floor(typed.length * SHARE_MAX))
  let best: { word: string; distance: number } | null = null
  for (const one of known) {
    // The length difference is a lower bound of the distance.
    if (Math.abs(one.length - typed.length) > limit) continue
    const distance = editDistance(typed, one.toLowerCase())
    if (distance <= limit && (best === null || distance < best.distance)) {
      best = { word: one, distance }
    }
  }
  return best?.word ?? null
}

/** Optimal string alignment distance: insertions, removals, replacements, and swaps of neighbours. */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      next[j] = Math.min(
        at(row, j) + 1,
        at(next, j - 1) + 1,
        at(row, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(before, j - 2) + 1 : Infinity,
      )
    }
    before = row
    row = next
  }
  return at(row, to.length)
}

const at = (row: readonly number[], index: number) => row[index] ?? Infinity
