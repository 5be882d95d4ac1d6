/** How many chips of a row fit, with room for the chip that holds the rest. */
const GAP_PX = 6
/** Of "+99". */
const FOLDED_PX = 44

export interface ChipFit {
  /** Chips from the first on. */
  amount: number
  /** Of those, gaps included, px; null: all fit. */
  width: number | null
}

/** `widths` of the chips and `room` for all of them, px. */
export function chipsThatFit(widths: readonly number[], room: number): ChipFit {
  const ends: number[] = []
  for (const width of widths) ends.push((ends.at(-1) ?? -GAP_PX) + GAP_PX + width)
  if (room === 0 || (ends.at(-1) ?? 0) <= room) return { amount: widths.length, width: null }
  const fitting = ends.filter((end) => end + GAP_PX + FOLDED_PX <= room)
  return { amount: fitting.length, width: fitting.at(-1) ?? 0 }
}
