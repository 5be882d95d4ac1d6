/** When the lines that match came, asked anew while the view is open. The chosen span does not narrow it: it is chosen in it. */
import { useEffect, useState } from 'react'
import type { LogHistogram } from '../../../protocol/logs.ts'
import { useControlCall } from '../../state/control_context.ts'
import { queryOf, useLogs } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'

export const HISTOGRAM_BUCKETS = 170
/** It is asked again this often, or as much more rarely as it takes its time. */
const AGAIN_MS = 2000
const AGAIN_TIMES_LONGER = 20
const FIRST_MS = 250

/** null until the first answer. While the control plane does not answer the last one stays. */
export function useHistogram(): LogHistogram | null {
  const call = useControlCall()
  const isLive = usePanel(isConnected)
  const key = useLogs((state) => JSON.stringify(queryOf({ ...state, span: null, untilMs: null })))
  const [histogram, setHistogram] = useState<LogHistogram | null>(null)
  useEffect(() => {
    if (!isLive) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const ask = async () => {
      const startMs = performance.now()
      try {
        const query = queryOf({ ...useLogs.getState(), span: null, untilMs: null })
        const found = await call('logs.histogram', { query, buckets: HISTOGRAM_BUCKETS })
        if (!isOver) setHistogram(found)
      } catch {
        // A text that is refused is said at its field, and a lost connection in the banner.
      }
      const tookMs = performance.now() - startMs
      if (!isOver) {
        timer = setTimeout(() => void ask(), Math.max(AGAIN_MS, tookMs * AGAIN_TIMES_LONGER))
      }
    }
    // A text is asked for when its letters have been typed.
    timer = setTimeout(() => void ask(), FIRST_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [call, isLive, key])
  return histogram
}
