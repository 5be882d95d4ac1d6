import type { BackendView } from '../../protocol/control.ts'
import { progressShare } from '../format/backend_text.ts'
import { useNow } from '../state/panel_store.ts'
import { StatusIcon } from './status_icon.tsx'

export function BackendStatusIcon({ backend, size }: { backend: BackendView; size?: number }) {
  const share = useNow((nowMs) => ringShare(backend, nowMs))
  return (
    <StatusIcon
      state={backend.state}
      share={share}
      isExternal={backend.runtime === 'external'}
      {...(size && { size })}
    />
  )
}

function ringShare(backend: BackendView, nowMs: number): number | null {
  if (backend.state !== 'backoff') return progressShare(backend.detail)
  if (backend.retry_at === null) return null
  const spanMs = backend.retry_at - backend.since
  return spanMs > 0 ? Math.max(0, Math.min(1, (backend.retry_at - nowMs) / spanMs)) : 0
}
