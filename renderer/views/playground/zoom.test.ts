import { describe, expect, test } from 'vitest'
import { fitted, type Area } from './fitted.ts'
import { panned, WHOLE, zoomAbout, zoomedArea, ZOOM_MAX } from './zoom.ts'

const stage = { width: 400, height: 300 }
const fit = fitted({ width: 800, height: 400 }, stage) as Area

describe('an enlarged picture', () => {
  test('keeps the point under the pointer where it is', () => {
    const pointer = { x: 130, y: 160 }
    const zoom = zoomAbout(fit, stage, { zoom: WHOLE, times: 4, pointer })
    const area = zoomedArea(fit, stage, zoom)
    const under = (of: Area) => ({
      x: (pointer.x - of.left) / of.width,
      y: (pointer.y - of.top) / of.height,
    })
    expect(under(area).x).toBeCloseTo(under(fit).x)
    expect(under(area).y).toBeCloseTo(under(fit).y)
    expect(area.scale).toBeCloseTo(fit.scale * 4)
  })
  test('leaves no gap at an edge, however far it is moved', () => {
    const zoom = zoomAbout(fit, stage, { zoom: WHOLE, times: 3, pointer: { x: 0, y: 0 } })
    const far = panned(fit, stage, { zoom, by: { x: -10_000, y: 10_000 } })
    expect(zoomedArea(fit, stage, far)).toMatchObject({ left: 400 - 1200, top: 0 })
    // Panning back moves immediately.
    const back = panned(fit, stage, { zoom: far, by: { x: 50, y: 0 } })
    expect(zoomedArea(fit, stage, back).left).toBeCloseTo(400 - 1200 + 50)
  })
  test('is never smaller than the whole picture, and never larger than the limit', () => {
    const pointer = { x: 10, y: 10 }
    expect(zoomAbout(fit, stage, { zoom: WHOLE, times: 0.1, pointer })).toEqual(WHOLE)
    expect(zoomAbout(fit, stage, { zoom: WHOLE, times: 1000, pointer }).factor).toBe(ZOOM_MAX)
  })
  test('stays in the middle while it is narrower than the stage', () => {
    const tall = fitted({ width: 100, height: 600 }, stage) as Area
    const zoom = zoomAbout(tall, stage, { zoom: WHOLE, times: 2, pointer: { x: 0, y: 150 } })
    const area = zoomedArea(tall, stage, zoom)
    expect(area.left).toBeCloseTo((400 - area.width) / 2)
  })
})
