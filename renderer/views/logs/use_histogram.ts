/** Histogram of matching lines, refetched while the view is open. The selected span does not narrow it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { LogHistogram, LogQuery } from '../../../protocol/logs.ts'
import { useSettled } from '../../hooks/use_settled.ts'
import { useControlCall } from '../../state/control_context.tsx'
import { queryOf, useLogs } from '../../state/log_store.ts'

export const HISTOGRAM_BUCKETS = 170
/** Refetch interval; slow queries repeat after their own duration. */
const AGAIN_MS = 2000
const AGAIN_TIMES_LONGER = 20
const QUIET_MS = 250

/** null before the first reply. Keeps the last one while disconnected. */
export function useHistogram(): LogHistogram | null {
  const call = useControlCall()
  const key = useLogs((state) => JSON.stringify(queryOf({ ...state, span: null, untilMs: null })))
  const settled = useSettled(key, QUIET_MS)
  const { data } = useQuery({
    queryKey: ['logs.histogram', settled],
    // The search field shows why a text is rejected.
    queryFn: async () => {
      const startMs = performance.now()
      const query = JSON.parse(settled) as LogQuery
      const histogram = await call('logs.histogram', { query, buckets: HISTOGRAM_BUCKETS })
      return { histogram, tookMs: performance.now() - startMs }
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      Math.max(AGAIN_MS, (state.data?.tookMs ?? 0) * AGAIN_TIMES_LONGER),
  })
  return data?.histogram ?? null
}
