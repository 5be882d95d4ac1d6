/** Splits windows in time, and rejects splits that leak. Neighboring windows share samples and must not be separated. */

/** Samples `start` to `end - 1` of the recording. */
export interface Span {
  start: number
  end: number
}

/** Indices of windows. */
export interface Fold {
  train: readonly number[]
  test: readonly number[]
}

/** `count` blocks of equal length: windows inside a block test, windows at least `purge` samples away train. */
export function blockedFolds(
  windows: readonly Span[],
  samples: number,
  count: number,
  purge: number,
): Fold[] {
  return Array.from({ length: count }, (_, at) =>
    foldOf(
      windows,
      { start: Math.round((at * samples) / count), end: Math.round(((at + 1) * samples) / count) },
      purge,
    ),
  )
}

/** Trains on the beginning, tests on the last `share` of the recording. */
export function lastPartFold(
  windows: readonly Span[],
  samples: number,
  share: number,
  purge: number,
): Fold {
  return foldOf(windows, { start: Math.round(samples * (1 - share)), end: samples }, purge)
}

function foldOf(windows: readonly Span[], block: Span, purge: number): Fold {
  const indices = windows.map((_, at) => at)
  const inside = (at: number) => {
    const { start, end } = windows[at] as Span
    return start >= block.start && end <= block.end
  }
  const outside = (at: number) => {
    const { start, end } = windows[at] as Span
    return end + purge <= block.start || start >= block.end + purge
  }
  return { train: indices.filter(outside), test: indices.filter(inside) }
}

/** Random folds of single windows, which leak: they only exist to show the inflated result. */
export function shuffledFolds(windows: number, count: number, random: () => number): Fold[] {
  const order = Array.from({ length: windows }, (_, at) => at)
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const kept = order[at] as number
    order[at] = order[other] as number
    order[other] = kept
  }
  return Array.from({ length: count }, (_, fold) => ({
    test: order.filter((_window, at) => at % count === fold),
    train: order.filter((_window, at) => at % count !== fold),
  }))
}

/** Throws when a training window is within `gap` samples of a test window. */
export function requireApart(fold: Fold, windows: readonly Span[], gap = 0): void {
  for (const test of fold.test) {
    const tested = windows[test] as Span
    for (const train of fold.train) {
      const { start, end } = windows[train] as Span
      if (end + gap <= tested.start || start >= tested.end + gap) continue
      throw new Error(
        `the folds leak: training window ${train} (samples ${start}-${end}) and test window ${test} (${tested.start}-${tested.end}) ` +
          `${start < tested.end && end > tested.start ? 'overlap' : `are less than ${gap} samples apart`}; split the recording into blocks in time`,
      )
    }
  }
}
