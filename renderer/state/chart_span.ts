/** The span that the charts of the overview show: one that ends now, or one between two moments. The same in every backend's pane. */
import { create } from 'zustand'
import type { MetricsSpan } from '../../protocol/metrics.ts'

/** Unix milliseconds. */
export interface FixedSpan {
  fromMs: number
  toMs: number
}

export type ChartSpan = MetricsSpan | FixedSpan

interface ChartSpanState {
  /** The last one is shown; zooming out goes back to the one before it. */
  spans: readonly [ChartSpan, ...ChartSpan[]]
}

/** A person who zooms further than this has seen the single steps. */
const ZOOMS_MAX = 32
/** A chart of less shows nothing that a longer one does not. */
export const ZOOM_MS_MIN = 10_000

export const useChartSpan = create<ChartSpanState>()(() => ({ spans: ['5m'] }))

export const shownSpan = ({ spans }: ChartSpanState): ChartSpan => spans.at(-1) ?? spans[0]
export const isZoomed = ({ spans }: ChartSpanState): boolean => spans.length > 1

/** Shows a span that was chosen by itself: there is nothing to zoom out to. */
export function chooseSpan(span: ChartSpan): void {
  useChartSpan.setState({ spans: [span] })
}

/** Shows a part of what is shown; one that is too short is widened around its middle. */
export function zoomTo({ fromMs, toMs }: FixedSpan): void {
  const middleMs = (fromMs + toMs) / 2
  const halfMs = Math.max(ZOOM_MS_MIN, toMs - fromMs) / 2
  const span = { fromMs: Math.round(middleMs - halfMs), toMs: Math.round(middleMs + halfMs) }
  useChartSpan.setState(({ spans }) =>
    spans.length > ZOOMS_MAX ? { spans } : { spans: [...spans, span] },
  )
}

/** Back to what was shown before the last zoom. */
export function zoomOut(): void {
  useChartSpan.setState(({ spans: [first, ...zooms] }) => ({
    spans: [first, ...zooms.slice(0, -1)],
  }))
}
