/** The gateway on top of the table: the sums over all backends. */
import type { BackendView, PlaneView } from '../../../protocol/control.ts'
import { None, NotAvailable } from '../../components/figures.tsx'
import { Semaphore } from '../../components/semaphore.tsx'
import { GatewayTrack } from '../../components/track.tsx'
import { count, mibFigure, number, percent, perSecond } from '../../format/number.ts'
import { duration } from '../../format/time.ts'
import { usePanel } from '../../state/panel_store.ts'

const NO_GPU = 'the gateway uses no GPU'
const NO_HEALTH = 'the gateway answers the panel itself; no health check is sent to it'
const NO_LATENCY = 'the time in the gateway itself is not measured'

interface GatewayRowProps {
  plane: PlaneView
  backends: readonly BackendView[]
}

export function GatewayRow({ plane, backends }: GatewayRowProps) {
  const uptime = useUptime(plane)
  const sum = (pick: (backend: BackendView) => number | null) =>
    backends.reduce((total, backend) => total + (pick(backend) ?? 0), 0)
  const inFlight = sum((backend) => backend.in_flight)
  const queued = sum((backend) => backend.queue_depth)
  const requests = sum((backend) => backend.requests)
  const errors = sum((backend) => backend.errors)
  const rate = perSecond(sum((backend) => backend.requests_per_s))
  return (
    <tr className="yard-row">
      <Lead plane={plane} />
      <td className="wide-only">
        <span className="line-1">{plane.pid}</span>
        <span className="line-2">{uptime}</span>
      </td>
      <td>
        <span className="ink-3">routes only</span>
      </td>
      <td className="num">
        <NotAvailable reason={NO_HEALTH} />
      </td>
      <td className="num" aria-label={`${inFlight} in flight, ${queued} queued in all backends`}>
        <span className="line-1">
          {inFlight} / {queued}
        </span>
        <span className="line-2" />
      </td>
      <td
        className="num"
        aria-label={`${rate} requests per second, ${count(errors, 'error')}, in all backends`}
      >
        <span className="line-1">{rate}</span>
        <span className="line-2 narrow-only">{number(errors)} err</span>
      </td>
      <td className="num wide-only">
        <span className="line-1">{number(errors)}</span>
        <span className="line-2">{requests > 0 && percent(errors / requests)}</span>
      </td>
      <td className="num">
        <NotAvailable reason={NO_LATENCY} />
      </td>
      <td className="wide-only" />
      <td
        className="num narrow-only"
        aria-label={`GPU none, RAM ${mibFigure(plane.rss_bytes)} mebibytes`}
      >
        <span className="line-1">
          <NotAvailable reason={NO_GPU} />
        </span>
        <span className="line-2">{mibFigure(plane.rss_bytes)}</span>
      </td>
      <td className="num wide-only">
        <span className="line-1">{mibFigure(plane.rss_bytes)}</span>
      </td>
      <td className="num wide-only" title={NO_GPU}>
        <None />
      </td>
    </tr>
  )
}

export function FirstGatewayRow({ plane }: { plane: PlaneView }) {
  return (
    <tr className="yard-row">
      <Lead plane={plane} />
      <td className="num ink-3">routes only</td>
    </tr>
  )
}

function Lead({ plane }: { plane: PlaneView }) {
  const address = `ws://${plane.host}:${plane.port}`
  const clients = plane.clients === 0 ? 'no clients yet' : count(plane.clients, 'client')
  return (
    <>
      <td>
        <GatewayTrack hasBackends />
      </td>
      <td />
      <td>
        <span className="line-1 name">gateway</span>
        <span className="line-2 mono" title={address}>
          {address}
        </span>
      </td>
      <td>
        <span className="line-1 state">
          <Semaphore state="ready" />
          Ready
        </span>
        <span className="line-2">{clients}</span>
      </td>
    </>
  )
}

function useUptime(plane: PlaneView): string {
  return usePanel((state) => duration(state.nowMs - plane.started_at))
}
