import { useState } from 'react'
import { number } from '../../format/number.ts'
import { clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { followed, LINES_MAX, paused, type LogLines } from '../../state/log_lines.ts'
import { leaveMoment, updateLog, useLogs } from '../../state/log_store.ts'
import { isConnected, usePanel, useToday } from '../../state/panel_store.ts'
import { Button } from '../../components/button.tsx'

export function LogsFoot({ log }: { log: LogLines }) {
  const today = useToday()
  const isLive = usePanel(isConnected)
  const untilMs = useLogs((state) => state.untilMs)
  const [isSpoken, setIsSpoken] = useState(false)
  const matching = log.counts.debug + log.counts.info + log.counts.warn + log.counts.error
  return (
    <div className="logs-foot row small ink-2">
      <b>{t('logs:foot.lines', { count: log.lines.length, shown: number(log.lines.length) })}</b>
      {log.lines.length >= LINES_MAX && <span>{t('logs:foot.newest')}</span>}
      {untilMs !== null && (
        <span>{t('logs:foot.until', { time: clockSeconds(untilMs, today) })}</span>
      )}
      <span className="live">{t('logs:foot.matching', { shown: number(matching) })}</span>
      <span
        className={log.dropped > 0 ? 'warn live' : 'live'}
        title={t('logs:foot.dropped_why', { most: number(LINES_MAX) })}
      >
        {t('logs:foot.dropped', { shown: number(log.dropped) })}
      </span>
      <span className="grow" />
      <label className="row">
        <input
          type="checkbox"
          checked={isSpoken}
          onChange={(event) => setIsSpoken(event.target.checked)}
        />
        {t('logs:foot.read_out')}
      </label>
      {isSpoken && <SpokenLine log={log} />}
      {log.following ? (
        <Button disabled={!isLive} onClick={toggleFollow}>
          {t('logs:foot.pause')} <kbd>F</kbd>
        </Button>
      ) : (
        <>
          <span className="tag tag-accent">
            {log.pausedAtMs !== null &&
              t('logs:foot.paused_at', { time: clockSeconds(log.pausedAtMs, today) })}
          </span>
          <Button look="primary" onClick={toggleFollow}>
            {log.held.length === 0
              ? t('logs:foot.follow')
              : t('logs:foot.follow_new', { shown: number(log.held.length) })}{' '}
            <kbd>F</kbd>
          </Button>
        </>
      )}
    </div>
  )
}

/** There are too many lines to announce them all, so only on request. */
function SpokenLine({ log }: { log: LogLines }) {
  const last = log.lines.last
  return (
    <p className="sr-only" role="status">
      {last && `${last.source} ${last.level}: ${last.message}`}
    </p>
  )
}

/** Following leaves the jump target. */
export function toggleFollow(): void {
  if (useLogs.getState().log.following) {
    updateLog((log) => paused(log, Date.now()))
    return
  }
  updateLog(followed)
  leaveMoment()
}
