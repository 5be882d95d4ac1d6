/** The log of all processes: filtered by the control plane, drawn a window at a time. */
import { useRef, useState } from 'react'
import { useKeys } from '../../keyboard/use_keys.ts'
import { clearLogFilter, isFiltered, useLogs } from '../../state/log_store.ts'
import { FilterBar } from './filter_bar.tsx'
import { LogRows } from './log_rows.tsx'
import { LogsFoot, toggleFollow } from './logs_foot.tsx'
import './logs_view.css'

export function LogsView() {
  const search = useRef<HTMLInputElement>(null)
  const log = useLogs((state) => state.log)
  const [isGoing, setIsGoing] = useState(false)
  useKeys({
    f: toggleFollow,
    g: () => setIsGoing(true),
    '/': () => search.current?.focus(),
  })
  return (
    <section className="view logs" aria-label="Log" data-region>
      <FilterBar searchField={search} goToTime={{ isOpen: isGoing, onOpenChange: setIsGoing }} />
      {log.lines.length === 0 ? <Empty /> : <LogRows log={log} />}
      <LogsFoot log={log} />
    </section>
  )
}

function Empty() {
  const isLoaded = useLogs((state) => state.loadedAtMs !== null)
  const filtered = useLogs(isFiltered)
  return (
    <div className="logs-empty">
      {!isLoaded && <p>Asking for the log…</p>}
      {isLoaded && !filtered && <p>No lines yet. They appear here as backends start and answer.</p>}
      {isLoaded && filtered && (
        <>
          <p>No line matches</p>
          <button type="button" className="btn" onClick={clearLogFilter}>
            Clear filter
          </button>
        </>
      )}
    </div>
  )
}
