/** A span drawn over the timeline with the pointer. Keyboard users have the event times instead. */
import { useState, type PointerEvent } from 'react'
import type { Span } from './timeline_lanes.ts'

const DRAG_PX_MIN = 4
/** On both sides of a click. */
const CLICK_MS = 5000

interface Drag {
  from: number
  to: number
}

/** The span between shares `from` and `to` of a lane that is `widthPx` wide and shows `span`. */
export function spanDrawn(span: Span, from: number, to: number, widthPx: number): Span {
  const timeAt = (share: number) => Math.round(span.fromMs + share * (span.toMs - span.fromMs))
  const [first, last] = from < to ? [from, to] : [to, from]
  if ((last - first) * widthPx < DRAG_PX_MIN) {
    const atMs = timeAt((first + last) / 2)
    return { fromMs: atMs - CLICK_MS, toMs: atMs + CLICK_MS }
  }
  return { fromMs: timeAt(first), toMs: timeAt(last) }
}

export function useLaneDrag(span: Span, onSpan: (drawn: Span) => void) {
  const [drag, setDrag] = useState<Drag | null>(null)
  const shareAt = ({ currentTarget, clientX }: PointerEvent<HTMLElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    return Math.max(0, Math.min(1, (clientX - left) / width))
  }
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      setDrag({ from: shareAt(event), to: shareAt(event) })
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const to = shareAt(event)
      setDrag((old) => (old === null ? null : { ...old, to }))
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (drag === null) return
      setDrag(null)
      const { width } = event.currentTarget.getBoundingClientRect()
      onSpan(spanDrawn(span, drag.from, shareAt(event), width))
    },
    onPointerCancel: () => setDrag(null),
  }
  return { drag, handlers }
}
