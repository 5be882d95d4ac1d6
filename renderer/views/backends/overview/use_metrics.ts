/** The metrics of one backend over a range, asked anew once for each of its steps while they are looked at. */
import { useEffect, useState } from 'react'
import {
  METRICS_RANGES,
  type MetricsRange,
  type MetricsResult,
} from '../../../../protocol/metrics.ts'
import { useControlCall } from '../../../state/control_context.ts'
import { isWatching, usePanel } from '../../../state/panel_store.ts'
import { messageOf } from '../../../../protocol/errors.ts'

export type MetricsReading =
  | { phase: 'asking' }
  | { phase: 'failed'; problem: string }
  /** `problem` says why the newest question had no answer; what was read before stays. */
  | { phase: 'read'; result: MetricsResult; readAtMs: number; problem: string | null }

/** Not updated while frozen, while the control plane is lost, and while the page is hidden. */
export function useMetrics(name: string, range: MetricsRange, isFrozen: boolean): MetricsReading {
  const call = useControlCall()
  const isLive = usePanel(isWatching)
  const [reading, setReading] = useState<MetricsReading & { of?: string }>({ phase: 'asking' })
  const of = `${range} of ${name}`
  useEffect(() => {
    if (!isLive || isFrozen) return
    let isOver = false
    let isAsking = false
    const ask = async () => {
      // An answer that takes longer than a step is waited for.
      if (isAsking) return
      isAsking = true
      try {
        const result = await call('metrics.query', { names: [name], range })
        if (!isOver) setReading({ phase: 'read', of, result, readAtMs: Date.now(), problem: null })
      } catch (error) {
        const problem = messageOf(error)
        if (!isOver) setReading((old) => afterFailure(old.of === of ? old : null, of, problem))
      } finally {
        isAsking = false
      }
    }
    void ask()
    const timer = setInterval(() => void ask(), METRICS_RANGES[range].resolution_ms)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }, [call, name, range, of, isLive, isFrozen])
  return reading.of === of ? reading : { phase: 'asking' }
}

function afterFailure(
  old: MetricsReading | null,
  of: string,
  problem: string,
): MetricsReading & { of: string } {
  return old?.phase === 'read' ? { ...old, of, problem } : { phase: 'failed', of, problem }
}
