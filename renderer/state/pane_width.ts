/** How wide the detail pane is: 31 % of the window, at least 436 px, unless a person drew it otherwise. Pure but for `isNarrow`. */
export const PANE_WIDTH_MIN = 400
export const PANE_WIDTH_MAX = 780
const PANE_WIDTH_DEFAULT_MIN = 436
/** The table shows each of its values in full from this width on. */
const TABLE_WIDTH_MIN = 790
/** Below this table and pane do not fit beside each other, and the pane is a drawer. */
const DRAWER_BELOW = PANE_WIDTH_DEFAULT_MIN + TABLE_WIDTH_MIN

export function paneWidth(chosen: number | null, windowWidth: number): number {
  const standard = Math.max(PANE_WIDTH_DEFAULT_MIN, Math.round(windowWidth * 0.31))
  const most = Math.min(PANE_WIDTH_MAX, windowWidth - TABLE_WIDTH_MIN)
  return Math.max(PANE_WIDTH_MIN, Math.min(most, chosen ?? standard))
}

/** A drawer lies over the table, and leaves an edge of it to click on. */
export function drawerWidth(chosen: number | null, windowWidth: number): number {
  return Math.min(chosen ?? PANE_WIDTH_DEFAULT_MIN, windowWidth - 48)
}

export function isNarrow(): boolean {
  return window.innerWidth < DRAWER_BELOW
}

/** Charts grow with the height of the window: ×1 at 800 px to ×1.72 at 1080. Text does not. */
export function chartScale(windowHeight: number): number {
  return 1 + Math.max(0, Math.min(0.72, (windowHeight - 800) / 390))
}
