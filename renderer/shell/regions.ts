/** F6 goes round the regions of the page: every element marked `data-region` that is visible. */
export function nextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (region) => region.offsetParent !== null,
  )
  const current = regions.findLastIndex((region) => region.contains(document.activeElement))
  const next = regions[(current + step + regions.length) % regions.length]
  const inside = next?.querySelector<HTMLElement>(
    '[data-region-focus], button, input, [tabindex="0"]',
  )
  ;(inside ?? next)?.focus()
}
