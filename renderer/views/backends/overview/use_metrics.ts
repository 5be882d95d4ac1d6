import { useQuery } from '@tanstack/react-query'
import {
  METRICS_RANGES,
  type MetricsResult,
  type MetricsSpan,
} from '../../../../protocol/metrics.ts'
import type { ChartSpan } from '../../../state/chart_span.ts'
import { useControlCall } from '../../../state/control_context.tsx'
import { isWatching, usePanel } from '../../../state/panel_store.ts'
import { errorText } from '../../../format/message.ts'

export type MetricsReading =
  | { phase: 'asking' }
  | { phase: 'failed'; problem: string }
  /** `problem` explains why the last request failed; earlier data stays. */
  | { phase: 'read'; result: MetricsResult; readAtMs: number; problem: string | null }

/** A span of days is read from files, so it refreshes less often than every minute. */
const DAYS_AGAIN_MS = 5 * 60_000

const againMs = (span: MetricsSpan) =>
  span === '7d' ? DAYS_AGAIN_MS : METRICS_RANGES[span].resolution_ms

/** Not updated while frozen, disconnected or hidden. */
export function useMetrics(name: string, span: ChartSpan, isFrozen: boolean): MetricsReading {
  const call = useControlCall()
  const isLive = usePanel(isWatching)
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ['metrics', name, span],
    queryFn: () =>
      call('metrics.query', {
        names: [name],
        ...(typeof span === 'string'
          ? { range: span }
          : { time_from: span.fromMs, time_to: span.toMs }),
      }),
    enabled: isLive && !isFrozen,
    // Past spans do not change.
    refetchInterval: typeof span === 'string' && againMs(span),
  })
  const problem = error && errorText(error)
  if (data !== undefined) return { phase: 'read', result: data, readAtMs: dataUpdatedAt, problem }
  return problem === null ? { phase: 'asking' } : { phase: 'failed', problem }
}
