import { useEffect, useState } from 'react'
import type { Run } from '../../state/runs.ts'

const STEP_MS = 100

export function useElapsed(run: Run): number {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), STEP_MS)
    return () => clearInterval(timer)
  }, [])
  const starts = run.exchanges.flatMap(({ outcome }) =>
    outcome.phase === 'busy' ? [outcome.startedAtMs] : [],
  )
  return starts.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...starts))
}
