/** Expects that nothing on the page is cut off, overlapping or unreachable. */
import { expect, type Page } from '@playwright/test'

interface WindowSize {
  width: number
  height: number
  /** Device pixels per CSS pixel. */
  scale: number
  name: string
}

/** From the app's narrowest window to full screen; the last is 1280 x 800 at 200 % zoom. */
const WINDOW_SIZES: readonly WindowSize[] = [
  { width: 1920, height: 1080, scale: 1, name: '1920' },
  { width: 1280, height: 800, scale: 1, name: '1280' },
  { width: 1200, height: 800, scale: 1, name: '1200' },
  { width: 1100, height: 800, scale: 1, name: '1100' },
  { width: 900, height: 700, scale: 1, name: '900' },
  { width: 640, height: 400, scale: 2, name: '200 % zoom' },
]

/** Checks the page at each size without reloading. `prepare` runs before each check. */
export async function expectSoundLayout(
  page: Page,
  view: string,
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const faults: string[] = []
  const browser = await page.context().newCDPSession(page)
  for (const { width, height, scale: deviceScaleFactor, name } of WINDOW_SIZES) {
    const metrics = { width, height, deviceScaleFactor, mobile: false }
    await browser.send('Emulation.setDeviceMetricsOverride', metrics)
    await prepare(page)
    const found = await page.evaluate(layoutFaults)
    faults.push(...found.map((fault) => `${view}, ${name}: ${fault}`))
  }
  await browser.detach()
  expect(faults).toEqual([])
}

/**
 * All layout faults of the current page. Runs in the page, so it is one function without imports:
 * - the page is wider than the window;
 * - text lies outside a box that hides overflow, without ellipsis and full title;
 * - two lines of text of one layer overlap;
 * - a control cannot be scrolled into the window, or is covered at its centre.
 */
function layoutFaults(): string[] {
  /** Glyphs may exceed their box by less than this. */
  const SLACK = 1.5
  /** Line boxes of neighbours overlap a little; more than this height is a fault. */
  const SHARED_HEIGHT_MAX = 5

  interface Line {
    element: Element
    text: string
    rect: DOMRect
    layer: Element
  }

  interface Box {
    overflowX: string
    overflowY: string
    textOverflow: string
    /** Dialogs, drawers and menus cover the page. */
    isLayer: boolean
    isSticky: boolean
    /** Text for screen readers only is clipped. */
    isForReaders: boolean
  }

  const faults: string[] = []
  /** Layouts are cached: they do not change during the check, and reading them is slow. */
  const boxes = new Map<Element, Box>()

  function boxOf(element: Element): Box {
    const known = boxes.get(element)
    if (known !== undefined) return known
    const { overflowX, overflowY, textOverflow, position, zIndex, clipPath } =
      getComputedStyle(element)
    const isLayer =
      position === 'fixed' ||
      element.matches('dialog, [popover]') ||
      (position === 'absolute' && zIndex !== 'auto')
    const box = {
      overflowX,
      overflowY,
      textOverflow,
      isLayer,
      isSticky: position === 'sticky',
      isForReaders: clipPath === 'inset(50%)',
    }
    boxes.set(element, box)
    return box
  }

  function main(): string[] {
    const page = document.documentElement
    if (page.scrollWidth > window.innerWidth) {
      faults.push(`the page is ${page.scrollWidth} px wide in a window of ${window.innerWidth}`)
    }
    const lines = textLines()
    for (const line of lines) checkCut(line)
    checkOverlaps(lines.flatMap((line) => inSight(line)))
    for (const control of controls()) checkReach(control)
    return [...new Set(faults)]
  }

  function textLines(): Line[] {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const lines: Line[] = []
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (element === null || text === '' || !isDrawn(element)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const rect of range.getClientRects()) {
        if (rect.width < 1 || rect.height < 1) continue
        lines.push({ element, text: text.slice(0, 60), rect, layer: layerOf(element) })
      }
    }
    return lines
  }

  function isDrawn(element: Element): boolean {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false
    if (element.closest('option, script, style, noscript, template') !== null) return false
    return ancestors(element).every((one) => !boxOf(one).isForReaders)
  }

  function ancestors(element: Element): Element[] {
    const all: Element[] = []
    for (let one: Element | null = element; one !== null; one = one.parentElement) all.push(one)
    return all
  }

  function layerOf(element: Element): Element {
    return ancestors(element).find((one) => boxOf(one).isLayer) ?? document.body
  }

  /** Clipping boxes; outside a layer only those below the window. */
  function boxesAround(element: Element, layer: Element): Element[] {
    const all = ancestors(element)
    return layer === document.body ? all : all.slice(0, all.indexOf(layer) + 1)
  }

  function checkCut({ element, text, rect, layer }: Line): void {
    for (const box of boxesAround(element, layer)) {
      const { overflowX, overflowY, textOverflow } = boxOf(box)
      if (box === document.body || box === document.documentElement) continue
      const edge = box.getBoundingClientRect()
      const beyondX = rect.right > edge.right + SLACK || rect.left < edge.left - SLACK
      const beyondY =
        rect.bottom > edge.bottom + SHARED_HEIGHT_MAX || rect.top < edge.top - SHARED_HEIGHT_MAX
      // Content that is scrolled out of sight can be scrolled back.
      if (isScroller(overflowX) && beyondX) return
      if (isScroller(overflowY) && beyondY) return
      if (beyondX && isCutting(overflowX)) {
        if (textOverflow === 'ellipsis' && element.closest('[title]') !== null) return
        faults.push(`"${text}" is cut off at the side by ${nameOf(box)}`)
        return
      }
      if (beyondY && isCutting(overflowY)) {
        faults.push(`"${text}" is cut off in its height by ${nameOf(box)}`)
        return
      }
    }
    if (rect.right > window.innerWidth + SLACK || rect.left < -SLACK) {
      faults.push(`"${text}" lies beside the window`)
    }
    if (rect.top > window.innerHeight || rect.bottom < 0) {
      faults.push(`"${text}" lies above or below the window`)
    }
  }

  const isScroller = (overflow: string) => overflow === 'auto' || overflow === 'scroll'
  const isCutting = (overflow: string) => overflow === 'hidden' || overflow === 'clip'

  /** The visible part of a line. */
  function inSight(line: Line): Line[] {
    let { left, top, right, bottom } = line.rect
    for (const box of boxesAround(line.element, line.layer)) {
      const { overflowX, overflowY } = boxOf(box)
      const edge = box.getBoundingClientRect()
      if (overflowX !== 'visible') {
        left = Math.max(left, edge.left)
        right = Math.min(right, edge.right)
      }
      if (overflowY !== 'visible') {
        top = Math.max(top, edge.top)
        bottom = Math.min(bottom, edge.bottom)
      }
    }
    if (right - left < SLACK || bottom - top < SLACK) return []
    return [{ ...line, rect: new DOMRect(left, top, right - left, bottom - top) }]
  }

  function checkOverlaps(lines: Line[]): void {
    const fromTop = lines.toSorted((left, right) => left.rect.top - right.rect.top)
    for (const [index, one] of fromTop.entries()) {
      for (const other of fromTop.slice(index + 1)) {
        if (other.rect.top > one.rect.bottom) break
        if (one.layer !== other.layer || one.element === other.element) continue
        const width =
          Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left)
        const height =
          Math.min(one.rect.bottom, other.rect.bottom) - Math.max(one.rect.top, other.rect.top)
        if (width <= SLACK || height <= SHARED_HEIGHT_MAX) continue
        if (isCovered(one) || isCovered(other)) continue
        faults.push(
          `"${one.text}" and "${other.text}" lie over each other by ${Math.round(width)} x ${Math.round(height)} px`,
        )
      }
    }
  }

  /** By a drawer, a dialog, or a sticky header. */
  function isCovered({ element, rect, layer }: Line): boolean {
    const hit = document.elementFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2)
    if (hit === null || element.contains(hit) || hit.contains(element)) return false
    return layerOf(hit) !== layer || ancestors(hit).some((one) => boxOf(one).isSticky)
  }

  function controls(): Element[] {
    const all = document.querySelectorAll(
      'button, a[href], input, select, textarea, summary, [role="switch"], [role="slider"]',
    )
    const open = document.querySelector('dialog:modal')
    return [...all].filter(
      (one) =>
        one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
        (open === null || open.contains(one)) &&
        !ancestors(one).some((box) => boxOf(box).isForReaders),
    )
  }

  function checkReach(control: Element): void {
    // Scrollable by script, but not by the user.
    const fixed = ancestors(control).filter((one) => {
      const { overflowX, overflowY } = boxOf(one)
      return !isScroller(overflowX) && !isScroller(overflowY)
    })
    control.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const moved = fixed.filter((one) => one.scrollLeft !== 0 || one.scrollTop !== 0)
    for (const one of moved) one.scrollTo(0, 0)
    const { left, top, width, height } = control.getBoundingClientRect()
    const middle = { x: left + width / 2, y: top + height / 2 }
    if (
      middle.x < 0 ||
      middle.y < 0 ||
      middle.x > window.innerWidth ||
      middle.y > window.innerHeight
    ) {
      faults.push(`${nameOf(control)} cannot be scrolled into the window`)
      return
    }
    const hit = document.elementFromPoint(middle.x, middle.y)
    if (hit === null || belongTogether(control, hit)) return
    // An overlay may cover it for a while.
    if (layerOf(hit) !== layerOf(control)) return
    faults.push(`${nameOf(control)} is covered by ${nameOf(hit)}`)
  }

  function belongTogether(control: Element, hit: Element): boolean {
    if (control.contains(hit) || hit.contains(control))
      return control.contains(hit) || hit.matches('label')
    const label = hit.closest('label')
    return label !== null && (label.contains(control) || label.htmlFor === control.id)
  }

  function nameOf(element: Element): string {
    const name =
      element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? ''
    const classes = element.getAttribute('class')?.split(' ').slice(0, 2).join('.') ?? ''
    return `<${element.tagName.toLowerCase()}${classes === '' ? '' : `.${classes}`}> "${name}"`
  }

  return main()
}
