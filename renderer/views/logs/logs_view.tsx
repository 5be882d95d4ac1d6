/** The log of all processes: filtered by the control plane, drawn a window at a time. */
import { useRef, useState } from 'react'
import { useKeys } from '../../keyboard/use_keys.ts'
import { number } from '../../format/number.ts'
import { clockSeconds } from '../../format/time.ts'
import { followed, paused, type LogLines } from '../../state/log_lines.ts'
import { clearLogFilter, isFiltered, updateLog, useLogs } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { FilterBar } from './filter_bar.tsx'
import { LogRows } from './log_rows.tsx'
import './logs_view.css'

export function LogsView() {
  const search = useRef<HTMLInputElement>(null)
  const log = useLogs((state) => state.log)
  useKeys({
    f: toggleFollow,
    '/': () => search.current?.focus(),
  })
  return (
    <section className="view logs" aria-label="Log" data-region>
      <FilterBar searchField={search} />
      {log.lines.length === 0 ? <Empty /> : <LogRows log={log} />}
      <Foot log={log} />
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

function Foot({ log }: { log: LogLines }) {
  const nowMs = usePanel((state) => state.nowMs)
  const isLive = usePanel(isConnected)
  const [isSpoken, setIsSpoken] = useState(false)
  const matching = log.counts.debug + log.counts.info + log.counts.warn + log.counts.error
  return (
    <div className="logs-foot">
      <b>{number(log.lines.length)} lines</b>
      <span className="live">{number(matching)} match at all levels</span>
      <span className="live" title="The control plane keeps the newest 100,000 lines">
        {number(log.dropped)} dropped
      </span>
      <span className="grow" />
      <label className="row">
        <input
          type="checkbox"
          checked={isSpoken}
          onChange={(event) => setIsSpoken(event.target.checked)}
        />
        Read out
      </label>
      {isSpoken && <SpokenLine log={log} />}
      {log.following ? (
        <button type="button" className="btn btn-small" disabled={!isLive} onClick={toggleFollow}>
          Pause <kbd>F</kbd>
        </button>
      ) : (
        <>
          <span className="tag tag-accent">
            Paused at {log.pausedAtMs !== null && clockSeconds(log.pausedAtMs, nowMs)}
          </span>
          <button type="button" className="btn btn-small btn-primary" onClick={toggleFollow}>
            Follow{log.held.length > 0 && `, ${number(log.held.length)} new`} <kbd>F</kbd>
          </button>
        </>
      )}
    </div>
  )
}

/** Log lines are spoken only on request: there are many. */
function SpokenLine({ log }: { log: LogLines }) {
  const last = log.lines.at(-1)
  return (
    <p className="sr-only" role="status">
      {last && `${last.source} ${last.level}: ${last.message}`}
    </p>
  )
}

function toggleFollow(): void {
  updateLog((log) => (log.following ? paused(log, Date.now()) : followed(log)))
}
