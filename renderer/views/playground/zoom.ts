/** Zoom factor and centre of a picture on the stage. */
import type { Area, Size } from './fitted.ts'

export interface Zoom {
  /** 1: fits the stage. */
  factor: number
  /** The centre, as shares of the picture's width and height. */
  x: number
  y: number
}

export const WHOLE: Zoom = { factor: 1, x: 0.5, y: 0.5 }
export const ZOOM_MAX = 16

interface Point {
  x: number
  y: number
}

/** `fit` is the area of the whole picture. An enlarged picture leaves no avoidable gap at an edge. */
export function zoomedArea(fit: Area, stage: Size, zoom: Zoom): Area {
  const width = fit.width * zoom.factor
  const height = fit.height * zoom.factor
  return {
    width,
    height,
    scale: fit.scale * zoom.factor,
    left: startOf(width, stage.width, zoom.x),
    top: startOf(height, stage.height, zoom.y),
  }
}

function startOf(length: number, room: number, middle: number): number {
  if (length <= room) return (room - length) / 2
  return Math.min(0, Math.max(room - length, room / 2 - middle * length))
}

/** Enlarges by `times`, keeping the point under `pointer` (px on the stage) as far as the edges allow. */
export function zoomAbout(
  fit: Area,
  stage: Size,
  { zoom, times, pointer }: { zoom: Zoom; times: number; pointer: Point },
): Zoom {
  const factor = Math.min(ZOOM_MAX, Math.max(1, zoom.factor * times))
  const before = zoomedArea(fit, stage, zoom)
  const width = fit.width * factor
  const height = fit.height * factor
  const left = pointer.x - ((pointer.x - before.left) / before.width) * width
  const top = pointer.y - ((pointer.y - before.top) / before.height) * height
  return settled(fit, stage, {
    factor,
    x: (stage.width / 2 - left) / width,
    y: (stage.height / 2 - top) / height,
  })
}

export function panned(fit: Area, stage: Size, { zoom, by }: { zoom: Zoom; by: Point }): Zoom {
  const { width, height } = zoomedArea(fit, stage, zoom)
  return settled(fit, stage, { ...zoom, x: zoom.x - by.x / width, y: zoom.y - by.y / height })
}

/** The clamped centre, so that a pan past an edge need not be undone first. */
function settled(fit: Area, stage: Size, zoom: Zoom): Zoom {
  const { left, top, width, height } = zoomedArea(fit, stage, zoom)
  return {
    factor: zoom.factor,
    x: (stage.width / 2 - left) / width,
    y: (stage.height / 2 - top) / height,
  }
}
