/** Events of the backends and their causes: a filtered list with links to crash cards and logs. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useKeys } from '../../hooks/use_keys.ts'
import { punctuated } from '../../format/punctuated.ts'
import { useActions } from '../../state/actions_context.ts'
import { useEvents } from '../../state/event_store.ts'
import { isConnected, usePanel } from '../../state/panel_store.ts'
import { storiesOf } from '../../state/stories.ts'
import { changePreferences } from '../../state/ui_store.ts'
import { EventBar } from './event_bar.tsx'
import { isFiltering, NO_FILTER, rowsByDay, storiesThatMatch } from './event_filter.ts'
import { EventRows } from './event_rows.tsx'
import './events_view.css'
import { t } from '../../i18n/i18n.ts'
import { Button } from '../../components/button.tsx'

export function EventsView() {
  const events = useEvents((state) => state.events)
  const [filter, setFilter] = useState(NO_FILTER)
  const textField = useRef<HTMLInputElement>(null)
  const stories = useMemo(() => storiesOf(events), [events])
  const rows = useMemo(() => rowsByDay(storiesThatMatch(stories, filter)), [stories, filter])
  useKeys({ '/': () => textField.current?.focus() })
  useSeen(events.at(-1)?.seq ?? null)
  return (
    <section className="view events" aria-label={t('shell:view.events')} data-region>
      <EventBar
        events={events}
        stories={stories}
        filter={filter}
        onFilter={(change) => setFilter((before) => ({ ...before, ...change }))}
        textField={textField}
      />
      <Problem />
      {rows.length === 0 ? (
        <Empty isFiltered={isFiltering(filter)} onClear={() => setFilter(NO_FILTER)} />
      ) : (
        <EventRows rows={rows} />
      )}
    </section>
  )
}

/** Marks the shown events as seen, for the badge of the top bar. */
function useSeen(lastSeq: number | null): void {
  useEffect(() => {
    if (lastSeq !== null) changePreferences({ eventsSeenSeq: lastSeq })
  }, [lastSeq])
}

function Problem() {
  const { panel } = useActions()
  const problem = useEvents((state) => state.problem)
  const isLive = usePanel(isConnected)
  // A lost connection has its own banner, and reconnecting reloads the list.
  if (problem === null || !isLive) return null
  return (
    <div className="events-problem row" role="alert">
      <span className="grow">{t('events:unread', { problem: punctuated(problem) })}</span>
      <Button onClick={() => void panel.reloadEvents()}>{t('words:reload')}</Button>
    </div>
  )
}

function Empty({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  const state = useEvents(({ loadedAtMs, problem }) =>
    loadedAtMs !== null ? 'loaded' : problem === null ? 'asking' : 'failed',
  )
  const isLost = usePanel((panel) => panel.connection.phase === 'lost')
  return (
    <div className="view-empty">
      {state === 'asking' && <p role="status">{isLost ? t('events:lost') : t('events:asking')}</p>}
      {state === 'loaded' && !isFiltered && <p>{t('events:nothing_yet')}</p>}
      {state === 'loaded' && isFiltered && (
        <>
          <p>{t('events:no_event_matches')}</p>
          <Button size="medium" onClick={onClear}>
            {t('words:clear_filter')}
          </Button>
        </>
      )}
    </div>
  )
}
