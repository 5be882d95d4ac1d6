/** What state each backend was in since this window was opened, and the changes in words. Nothing older is known here. */
import clsx from 'clsx'
import { Semaphore } from '../../components/semaphore.tsx'
import { stateWord } from '../../format/backend_words.ts'
import { clockMinutes, clockSeconds } from '../../format/time.ts'
import { backendsOf, usePanel } from '../../state/panel_store.ts'
import { showAside } from '../../state/log_store.ts'
import { showLogsAt } from '../../state/ui_store.ts'
import { useLaneDrag } from './lane_drag.ts'
import './timeline.css'
import { lanesOf, spanOf, TIMELINE_MS } from './timeline_lanes.ts'
import { t } from '../../i18n/i18n.ts'

const LEGEND = ['ready', 'starting', 'degraded', 'backoff', 'down'] as const

export function Timeline() {
  const changes = usePanel((state) => state.changes)
  const backends = usePanel(backendsOf)
  const nowMs = usePanel((state) => state.nowMs)
  const openedAtMs = usePanel((state) => state.openedAtMs)
  const span = spanOf(changes, openedAtMs, nowMs)
  const lanes = lanesOf(
    changes,
    backends.map((backend) => backend.name),
    span,
  )
  const { drag, handlers } = useLaneDrag(span, (backend, { fromMs, toMs }) => {
    showLogsAt({ backend, time: fromMs })
    showAside({ kind: 'slowest', source: backend, span: { fromMs, toMs } })
  })
  return (
    <section className="timeline live" aria-label={t('backends:timeline')}>
      <div className="timeline-head">
        <h2 className="h2">{t('backends:timeline')}</h2>
        <span className="caption ink-3">
          {nowMs - openedAtMs >= TIMELINE_MS
            ? t('backends:last_60')
            : t('backends:seen_since', { time: clockMinutes(openedAtMs, nowMs) })}
        </span>
        <span className="grow" />
        {LEGEND.map((kind) => (
          <span className="legend" key={kind}>
            <i className={`lane-key lane-${kind}`} />
            {t(`backends:kind.${kind}`)}
          </span>
        ))}
      </div>
      <div className="lanes" aria-hidden="true" title={t('backends:lanes_hint')}>
        {lanes.map((lane) => (
          <div className="lane" key={lane.backend}>
            <span className="ellipsis" title={lane.backend}>
              {lane.backend}
            </span>
            <span className="lane-line" {...handlers(lane.backend)}>
              {lane.stretches.map((stretch) => (
                <i
                  key={stretch.id}
                  className={`lane-${stretch.kind}`}
                  style={{ left: `${stretch.from * 100}%`, width: `${stretch.width * 100}%` }}
                />
              ))}
              {drag?.backend === lane.backend && (
                <span
                  className="lane-drawn"
                  style={{
                    left: `${Math.min(drag.from, drag.to) * 100}%`,
                    width: `${Math.abs(drag.to - drag.from) * 100}%`,
                  }}
                />
              )}
            </span>
          </div>
        ))}
        <div className="lane lane-axis">
          <span />
          <span className="lane-times">
            <span>{clockMinutes(span.fromMs, nowMs)}</span>
            <span>{clockMinutes(span.toMs, nowMs)}</span>
          </span>
        </div>
      </div>
      <ol className="changes" tabIndex={0} aria-label={t('backends:changes_of_state_newest')}>
        {changes.toReversed().map((change) => (
          <li key={change.id}>
            <time>{clockSeconds(change.atMs, nowMs)}</time>
            <Semaphore state={change.state} size={13} />
            <b className="ellipsis" title={change.backend}>
              {change.backend}
            </b>
            <span
              className={clsx('ellipsis', change.state === 'failed' && 'stop')}
              title={change.detail ?? undefined}
            >
              {stateWord(change.state)}
              {change.detail !== null && <span className="ink-2">: {change.detail}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}
