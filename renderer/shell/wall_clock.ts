/** A clock for what must count on while the panel's own clock stands still: the retry countdown, a running request. */
import { useEffect, useState } from 'react'

/** Unix milliseconds, renewed every `stepMs` while the component is shown. */
export function useWallClock(stepMs: number): number {
  const [wallMs, setWallMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setWallMs(Date.now()), stepMs)
    return () => clearInterval(timer)
  }, [stepMs])
  return wallMs
}
