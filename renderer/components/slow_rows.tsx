import type { LogSlowest } from '../../protocol/logs.ts'
import { msValue } from '../format/number.ts'
import './slow_rows.css'

interface SlowRowsProps {
  requests: LogSlowest['requests']
  clock: (timeMs: number) => string
  onPick: (request: LogSlowest['requests'][number]) => void
}

const ID_SHOWN = 8

export const shortId = (id: string): string => id.slice(0, ID_SHOWN)

export function SlowRows({ requests, clock, onPick }: SlowRowsProps) {
  return (
    <ol className="slow-rows">
      {requests.map((request) => (
        <li key={`${request.request_id} ${request.time}`}>
          <button type="button" className="slow-row" onClick={() => onPick(request)}>
            <span className="num ink-3">{clock(request.time)}</span>
            <code className="accent">{shortId(request.request_id)}</code>
            <span className="ellipsis ink-2" lang="en">
              {request.message}
            </span>
            <b className="num">{msValue(request.total_ms)} ms</b>
          </button>
        </li>
      ))}
    </ol>
  )
}
