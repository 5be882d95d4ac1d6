/** Whether the view should say how to begin. Pure. */
import type { BackendView } from '../../../protocol/control.ts'

/** All are off and nothing was ever answered. That none ran in this window is known by the caller. */
export function isFirstRun(backends: readonly BackendView[]): boolean {
  return (
    backends.length > 0 &&
    backends.every(
      (backend) => backend.state === 'disabled' && !backend.wanted && backend.requests === 0,
    )
  )
}
