/** A general virtualizer measures all rows on each push, which would fill the frames of ten pushes a second. */
import { useLayoutEffect, useState, type RefObject } from 'react'

export interface RowWindow {
  start: number
  end: number
}

/** Extra rows beyond the edges, so that scrolling shows no gap. */
const OVERSCAN = 16
/** Nobody scrolls while following, and each push draws all rows. */
const OVERSCAN_AT_END = 4

/** Rows of `height` px in a viewport of `viewport` px scrolled by `top` px. */
export function rowsInSight(
  { top, viewport }: { top: number; viewport: number },
  { count, height }: { count: number; height: number },
  overscan = OVERSCAN,
): RowWindow {
  const first = Math.floor(Math.max(0, top) / height)
  const last = Math.ceil((Math.max(0, top) + viewport) / height)
  const end = Math.min(count, last + overscan)
  return { start: Math.max(0, Math.min(first - overscan, end)), end }
}

interface Rows {
  count: number
  height: number
  /** Following: the window is known without reading the layout, so a push is drawn once. */
  isAtEnd: boolean
}

/** Re-renders only when the window moves by a row or more. */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  { count, height, isAtEnd }: Rows,
): RowWindow {
  const [place, setPlace] = useState({ top: 0, viewport: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const read = () => {
      const top = isAtEnd ? 0 : Math.floor(element.scrollTop / height) * height
      const viewport = element.clientHeight
      setPlace((old) => (old.top === top && old.viewport === viewport ? old : { top, viewport }))
    }
    read()
    const observer = new ResizeObserver(read)
    observer.observe(element)
    if (!isAtEnd) element.addEventListener('scroll', read, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', read)
    }
  }, [scroller, height, isAtEnd])
  const { viewport } = place
  const top = isAtEnd ? count * height - viewport : place.top
  return rowsInSight({ top, viewport }, { count, height }, isAtEnd ? OVERSCAN_AT_END : OVERSCAN)
}
