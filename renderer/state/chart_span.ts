import { create } from 'zustand'
import type { MetricsSpan } from '../../protocol/metrics.ts'

export interface FixedSpan {
  fromMs: number
  toMs: number
}

export type ChartSpan = MetricsSpan | FixedSpan

interface ChartSpanState {
  /** A zoom stack: the last entry is shown, zooming out pops it. */
  spans: readonly [ChartSpan, ...ChartSpan[]]
}

/** Enough zooms to reach single steps. */
const ZOOMS_MAX = 32
/** Shorter spans show nothing more. */
export const ZOOM_MS_MIN = 10_000

export const useChartSpan = create<ChartSpanState>()(() => ({ spans: ['5m'] }))

export const shownSpan = ({ spans }: ChartSpanState): ChartSpan => spans.at(-1) ?? spans[0]
export const isZoomed = ({ spans }: ChartSpanState): boolean => spans.length > 1

export function chooseSpan(span: ChartSpan): void {
  useChartSpan.setState({ spans: [span] })
}

/** Zooms in; spans that are too short are widened around their middle. */
export function zoomTo({ fromMs, toMs }: FixedSpan): void {
  const middleMs = (fromMs + toMs) / 2
  const halfMs = Math.max(ZOOM_MS_MIN, toMs - fromMs) / 2
  const span = { fromMs: Math.round(middleMs - halfMs), toMs: Math.round(middleMs + halfMs) }
  useChartSpan.setState(({ spans }) =>
    spans.length > ZOOMS_MAX ? { spans } : { spans: [...spans, span] },
  )
}

export function zoomOut(): void {
  useChartSpan.setState(({ spans: [first, ...zooms] }) => ({
    spans: [first, ...zooms.slice(0, -1)],
  }))
}
