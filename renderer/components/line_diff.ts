export interface DiffLine {
  kind: 'same' | 'old' | 'new'
  text: string
  /** 1-based, in the old text; for added lines in the new one. */
  line: number
}

/** Longest common subsequence, O(n·m) after the common prefix and suffix. Removed lines precede added ones. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [left, right] = [before.split('\n'), after.split('\n')]
  const head = commonHead(left, right)
  const tail = commonHead(left.slice(head).reverse(), right.slice(head).reverse())
  const olds = left.slice(head, left.length - tail)
  const news = right.slice(head, right.length - tail)
  const same = (lines: readonly string[], from: number) =>
    lines.map((text, index): DiffLine => ({ kind: 'same', text, line: from + index + 1 }))
  return [
    ...same(left.slice(0, head), 0),
    ...changed(olds, news, head),
    ...same(left.slice(left.length - tail), left.length - tail),
  ]
}

export function hunksOf(lines: readonly DiffLine[], around: number): DiffLine[][] {
  const hunks: DiffLine[][] = []
  let end = -1
  lines.forEach(({ kind }, index) => {
    if (kind === 'same') return
    const from = Math.max(end, index - around, 0)
    const to = Math.min(lines.length, index + around + 1)
    const last = hunks.at(-1)
    if (last && from <= end) last.push(...lines.slice(end, to))
    else hunks.push(lines.slice(from, to))
    end = Math.max(end, to)
  })
  return hunks
}

function commonHead(left: readonly string[], right: readonly string[]): number {
  const first = left.findIndex((text, index) => text !== right[index])
  return first === -1 ? Math.min(left.length, right.length) : first
}

function changed(olds: readonly string[], news: readonly string[], offset: number): DiffLine[] {
  const lengths = commonLengths(olds, news)
  const at = (old: number, fresh: number) => lengths[old]?.[fresh] ?? 0
  const found: DiffLine[] = []
  let [old, fresh] = [0, 0]
  while (old < olds.length || fresh < news.length) {
    const isSame = old < olds.length && fresh < news.length && olds[old] === news[fresh]
    const isOld =
      fresh >= news.length || (old < olds.length && at(old + 1, fresh) >= at(old, fresh + 1))
    if (isSame) {
      found.push({ kind: 'same', text: olds[old] ?? '', line: offset + old + 1 })
      old++
      fresh++
    } else if (isOld) {
      found.push({ kind: 'old', text: olds[old] ?? '', line: offset + old + 1 })
      old++
    } else {
      found.push({ kind: 'new', text: news[fresh] ?? '', line: offset + fresh + 1 })
      fresh++
    }
  }
  return found
}

function commonLengths(olds: readonly string[], news: readonly string[]): number[][] {
  const lengths = Array.from({ length: olds.length + 1 }, () =>
    new Array<number>(news.length + 1).fill(0),
  )
  for (let old = olds.length - 1; old >= 0; old--) {
    for (let fresh = news.length - 1; fresh >= 0; fresh--) {
      const row = lengths[old]
      if (!row) continue
      const below = lengths[old + 1]
      row[fresh] =
        olds[old] === news[fresh]
          ? (below?.[fresh + 1] ?? 0) + 1
          : Math.max(below?.[fresh] ?? 0, row[fresh + 1] ?? 0)
    }
  }
  return lengths
}
