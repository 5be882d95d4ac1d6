import { useEffect } from 'react'
import { SlowRows } from '../../components/slow_rows.tsx'
import { number } from '../../format/number.ts'
import { clockMs, clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { showAside, type LogSpan } from '../../state/log_store.ts'
import { useToday } from '../../state/panel_store.ts'
import { useReply } from '../../hooks/use_reply.ts'
import { CloseButton } from './close_button.tsx'
import './request_pane.css'

const REQUESTS_MAX = 50
/** Replies of the last second may not be logged yet. */
const SETTLE_MS = 1500

interface SlowestPaneProps {
  source: string
  span: LogSpan
}

export function SlowestPane({ source, span }: SlowestPaneProps) {
  const today = useToday()
  const query = { sources: [source], time_from: span.fromMs, time_to: span.toMs }
  const { value, problem, ask } = useReply('logs.slowest', {
    query,
    limit: REQUESTS_MAX,
    reads_files: true,
  })
  useEffect(() => {
    if (Date.now() - span.toMs > SETTLE_MS) return
    const timer = setTimeout(ask, SETTLE_MS)
    return () => clearTimeout(timer)
  }, [span.toMs, ask])
  return (
    <>
      <div className="aside-head">
        <h2 className="h2">{t('logs:slowest.title', { backend: source })}</h2>
        <span className="grow" />
        <CloseButton />
      </div>
      <div className="aside-body">
        <p className="aside-note">
          {t('logs:slowest.span', {
            from: clockSeconds(span.fromMs, today),
            to: clockSeconds(span.toMs, today),
          })}
        </p>
        {value === null && problem === null && (
          <p className="aside-note" role="status">
            {t('logs:slowest.searching')}
          </p>
        )}
        {problem !== null && (
          <p className="aside-note stop" role="alert">
            {problem}
          </p>
        )}
        {value !== null && value.total === 0 && (
          <p className="aside-note">{t('logs:slowest.none')}</p>
        )}
        {value !== null && value.total > 0 && (
          <>
            {value.total > value.requests.length && (
              <p className="aside-note">
                {t('logs:slowest.shown', {
                  shown: number(value.requests.length),
                  total: number(value.total),
                })}
              </p>
            )}
            <SlowRows
              requests={value.requests}
              clock={clockMs}
              onPick={({ request_id: id }) => showAside({ kind: 'request', id })}
            />
          </>
        )}
      </div>
    </>
  )
}
