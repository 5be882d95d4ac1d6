/** Width of the detail pane: 31 % of the window, at least 436 px, unless the user resized it. */
export const PANE_WIDTH_MIN = 400
export const PANE_WIDTH_MAX = 780
const PANE_WIDTH_DEFAULT_MIN = 436
/** From this width on the table shows all values in full. */
const TABLE_WIDTH_MIN = 790
/** Below this the table and the pane do not fit side by side, and the pane becomes a drawer. */
const DRAWER_BELOW = PANE_WIDTH_DEFAULT_MIN + TABLE_WIDTH_MIN

export function paneWidth(chosen: number | null, windowWidth: number): number {
  const standard = Math.max(PANE_WIDTH_DEFAULT_MIN, Math.round(windowWidth * 0.31))
  const most = Math.min(PANE_WIDTH_MAX, windowWidth - TABLE_WIDTH_MIN)
  return Math.max(PANE_WIDTH_MIN, Math.min(most, chosen ?? standard))
}

/** Leaves an edge of the table to click on. */
export function drawerWidth(chosen: number | null, windowWidth: number): number {
  return Math.min(chosen ?? PANE_WIDTH_DEFAULT_MIN, windowWidth - 48)
}

export function isNarrow(): boolean {
  return window.innerWidth < DRAWER_BELOW
}

/** Charts grow with the window height: ×1 at 800 px to ×1.72 at 1080 px. Text does not. */
export function chartScale(windowHeight: number): number {
  return 1 + Math.max(0, Math.min(0.72, (windowHeight - 800) / 390))
}
