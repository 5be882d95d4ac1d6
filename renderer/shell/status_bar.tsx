/** One line at the bottom: gateway, clients, requests, configuration, version. */
import { Check, MonitorX, TriangleAlert } from 'lucide-react'
import type { ConfigView } from '../../protocol/control.ts'
import { Semaphore } from '../components/semaphore.tsx'
import { number, perSecond } from '../format/number.ts'
import { clockMinutes } from '../format/time.ts'
import { backendsOf, isConnected, usePanel } from '../state/panel_store.ts'
import './status_bar.css'

export function StatusBar() {
  const plane = usePanel((state) => state.snapshot?.plane ?? null)
  const isLive = usePanel(isConnected)
  const requestsPerS = usePanel((state) =>
    backendsOf(state).reduce((sum, backend) => sum + (backend.requests_per_s ?? 0), 0),
  )
  return (
    <footer className="status-bar" aria-label="Status" data-region tabIndex={-1}>
      <span className="live">
        <Semaphore state={isLive ? 'ready' : 'disabled'} size={13} />
        gateway <b>{plane?.port ?? '–'}</b>
        <span className="sr-only">{isLive ? 'connected' : 'not connected'}</span>
      </span>
      {plane && (
        <>
          <span>
            <b>{number(plane.clients)}</b>
            {plane.clients === 1 ? 'client' : 'clients'}
          </span>
          <span>
            <b>{perSecond(requestsPerS)}</b>req/s
          </span>
          <ConfigState config={plane.config} />
          {plane.shell_notice !== null && (
            <span className="status-notice" title={plane.shell_notice}>
              <MonitorX size={13} strokeWidth={1.5} aria-hidden />
              <span className="ellipsis">{plane.shell_notice}</span>
            </span>
          )}
          <span className="grow status-gap" />
          <span className="status-version">{plane.version}</span>
        </>
      )}
    </footer>
  )
}

function ConfigState({ config }: { config: ConfigView }) {
  const nowMs = usePanel((state) => state.nowMs)
  const [problem] = config.problems
  if (problem) {
    return (
      <span className="stop" title={`${problem.key}: ${problem.message}`}>
        <TriangleAlert size={13} strokeWidth={1.5} aria-hidden />
        config refused{problem.line !== null && ` at line ${problem.line}`}
      </span>
    )
  }
  if (config.loaded_at === null) return null
  return (
    <span title={config.file}>
      <Check size={13} strokeWidth={1.5} aria-hidden />
      config read {clockMinutes(config.loaded_at, nowMs)}
    </span>
  )
}
