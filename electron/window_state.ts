/** Restores the window's bounds where a screen still shows it. */
import { z } from 'zod'
import type { Box } from '../protocol/box.ts'

export const windowStateSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(400).max(20_000),
  height: z.int().min(300).max(20_000),
  is_maximized: z.boolean(),
})
export type WindowState = z.infer<typeof windowStateSchema>

export const WINDOW_SIZE = { width: 1280, height: 800 }
/** Visible part of the title bar that is needed to move the window. */
const VISIBLE_PX_MIN = 100
const BAR_PX = 32

/** Position only where `screens` (work areas) show enough of the title bar; otherwise the system places the window. */
export function placeOf(
  state: WindowState | null,
  screens: readonly Box[],
): { width: number; height: number; x?: number; y?: number } {
  if (state === null) return WINDOW_SIZE
  const { x, y, width, height } = state
  const isSeen = screens.some((screen) => {
    const across = Math.min(x + width, screen.x + screen.width) - Math.max(x, screen.x)
    const isBarInside = y >= screen.y && y + BAR_PX <= screen.y + screen.height
    return across >= VISIBLE_PX_MIN && isBarInside
  })
  return isSeen ? { width, height, x, y } : { width, height }
}
