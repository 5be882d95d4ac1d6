/** How many lines there are, how many are gone, and whether the log is followed. */
import { useState } from 'react'
import { number } from '../../format/number.ts'
import { clockSeconds } from '../../format/time.ts'
import { followed, LINES_MAX, paused, type LogLines } from '../../state/log_lines.ts'
import { leaveMoment, updateLog, useLogs } from '../../state/log_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'

export function LogsFoot({ log }: { log: LogLines }) {
  const nowMs = usePanel((state) => state.nowMs)
  const isLive = usePanel(isConnected)
  const untilMs = useLogs((state) => state.untilMs)
  const [isSpoken, setIsSpoken] = useState(false)
  const matching = log.counts.debug + log.counts.info + log.counts.warn + log.counts.error
  return (
    <div className="logs-foot">
      <b>{number(log.lines.length)} lines</b>
      {log.lines.length >= LINES_MAX && <span>the newest that match</span>}
      {untilMs !== null && <span>until {clockSeconds(untilMs, nowMs)}</span>}
      <span className="live">{number(matching)} match at all levels</span>
      <span
        className={log.dropped > 0 ? 'warn live' : 'live'}
        title="Lines that the memory of the control plane has let go; it holds the newest 100,000. An export finds what the files still hold of them."
      >
        {number(log.dropped)} dropped from memory
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

/** To follow means to leave the moment that was jumped to. */
export function toggleFollow(): void {
  if (useLogs.getState().log.following) {
    updateLog((log) => paused(log, Date.now()))
    return
  }
  updateLog(followed)
  leaveMoment()
}
