/** The metrics of one backend over a span, requested again with each of its steps while they are looked at. */
import { useEffect, useState } from 'react'
import {
  METRICS_RANGES,
  type MetricsResult,
  type MetricsSpan,
} from '../../../../protocol/metrics.ts'
import type { ChartSpan } from '../../../state/chart_span.ts'
import { useControlCall } from '../../../state/control_context.ts'
import { isWatching, usePanel } from '../../../state/panel_store.ts'
import { messageOf } from '../../../../protocol/errors.ts'

export type MetricsReading =
  | { phase: 'asking' }
  | { phase: 'failed'; problem: string }
  /** `problem` says why the newest question had no answer; what was read before stays. */
  | { phase: 'read'; result: MetricsResult; readAtMs: number; problem: string | null }

/** A span of days is read from files: not with each of its minutes. */
const DAYS_AGAIN_MS = 5 * 60_000

const againMs = (span: MetricsSpan) =>
  span === '7d' ? DAYS_AGAIN_MS : METRICS_RANGES[span].resolution_ms

/** Not updated while frozen, while the control plane is lost, and while the page is hidden. */
export function useMetrics(name: string, span: ChartSpan, isFrozen: boolean): MetricsReading {
  const call = useControlCall()
  const isLive = usePanel(isWatching)
  const [reading, setReading] = useState<MetricsReading & { of?: string }>({ phase: 'asking' })
  const asked = JSON.stringify(span)
  const of = `${asked} of ${name}`
  useEffect(() => {
    if (!isLive || isFrozen) return
    let isOver = false
    let isAsking = false
    const of = `${asked} of ${name}`
    const wanted = JSON.parse(asked) as ChartSpan
    const params =
      typeof wanted === 'string'
        ? { names: [name], range: wanted }
        : { names: [name], time_from: wanted.fromMs, time_to: wanted.toMs }
    const ask = async () => {
      // An answer that takes longer than a step is waited for.
      if (isAsking) return
      isAsking = true
      try {
        const result = await call('metrics.query', params)
        if (!isOver) setReading({ phase: 'read', of, result, readAtMs: Date.now(), problem: null })
      } catch (error) {
        const problem = messageOf(error)
        if (!isOver) setReading((old) => afterFailure(old.of === of ? old : null, of, problem))
      } finally {
        isAsking = false
      }
    }
    void ask()
    // What is between two moments of the past does not change.
    const timer =
      typeof wanted === 'string' ? setInterval(() => void ask(), againMs(wanted)) : undefined
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [call, name, asked, isLive, isFrozen])
  return reading.of === of ? reading : { phase: 'asking' }
}

function afterFailure(
  old: MetricsReading | null,
  of: string,
  problem: string,
): MetricsReading & { of: string } {
  return old?.phase === 'read' ? { ...old, of, problem } : { phase: 'failed', of, problem }
}
