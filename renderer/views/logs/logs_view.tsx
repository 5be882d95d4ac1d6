import { useRef, useState } from 'react'
import { t } from '../../i18n/i18n.ts'
import { useKeys } from '../../hooks/use_keys.ts'
import { usePanel } from '../../state/panel_store.ts'
import { clearLogFilter, isFiltered, useLogs, type LogAside } from '../../state/log_store.ts'
import { FilterBar } from './filter_bar.tsx'
import { Histogram } from './histogram.tsx'
import { LogRows } from './log_rows.tsx'
import { LogsFoot, toggleFollow } from './logs_foot.tsx'
import './logs_view.css'
import { closeAside } from './close_button.tsx'
import { LinePane } from './line_pane.tsx'
import { RequestPane } from './request_pane.tsx'
import { SlowestPane } from './slowest_pane.tsx'
import { Button } from '../../components/button.tsx'

export function LogsView() {
  const search = useRef<HTMLInputElement>(null)
  const log = useLogs((state) => state.log)
  const [isGoing, setIsGoing] = useState(false)
  useKeys({
    f: toggleFollow,
    g: () => setIsGoing(true),
    '/': () => search.current?.focus(),
    Escape: () => {
      if (useLogs.getState().aside === null) return false
      closeAside()
    },
  })
  return (
    <div className="view logs">
      <section className="logs-main" aria-label={t('logs:name')} data-region>
        <FilterBar searchField={search} goToTime={{ isOpen: isGoing, onOpenChange: setIsGoing }} />
        <Histogram />
        {log.lines.length === 0 ? <Empty /> : <LogRows log={log} />}
        <LogsFoot log={log} />
      </section>
      <Aside />
    </div>
  )
}

function Aside() {
  const aside = useLogs((state) => state.aside)
  if (aside === null) return null
  return (
    <aside className="logs-aside" aria-label={t(`logs:aside.${aside.kind}`)} data-region>
      <AsidePane aside={aside} />
    </aside>
  )
}

function AsidePane({ aside }: { aside: LogAside }) {
  switch (aside.kind) {
    case 'line':
      return <LinePane key={aside.line.seq} line={aside.line} />
    case 'request':
      return <RequestPane key={aside.id} id={aside.id} />
    case 'slowest':
      return <SlowestPane source={aside.source} span={aside.span} />
  }
}

function Empty() {
  const isLoaded = useLogs((state) => state.loadedAtMs !== null)
  const filtered = useLogs(isFiltered)
  const isEarlier = useLogs((state) => state.earlier !== null)
  const isLost = usePanel((state) => state.connection.phase === 'lost')
  return (
    <div className="view-empty">
      {!isLoaded && <p>{t(isLost ? 'logs:empty.lost' : 'logs:empty.asking')}</p>}
      {isLoaded && !filtered && <p>{t('logs:empty.none')}</p>}
      {isLoaded && filtered && (
        <>
          <p>{t(isEarlier ? 'logs:empty.no_earlier' : 'logs:empty.no_match')}</p>
          <Button size="medium" onClick={clearLogFilter}>
            {t('words:clear_filter')}
          </Button>
        </>
      )}
    </div>
  )
}
