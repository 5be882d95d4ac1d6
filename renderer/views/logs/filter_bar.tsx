/** Sources, levels with their counts, and the search. */
import { Search, TriangleAlert, X } from 'lucide-react'
import type { RefObject } from 'react'
import { LOG_LEVELS, type LogLevel } from '../../../protocol/control.ts'
import { number } from '../../format/number.ts'
import {
  searchLogs,
  showAllSources,
  toggleLevel,
  toggleSource,
  useLogs,
} from '../../state/log_store.ts'
import { useSourceColours } from './source_colours.ts'

const LEVEL_NAMES: Record<LogLevel, string> = {
  error: 'Error',
  warn: 'Warn',
  info: 'Info',
  debug: 'Debug',
}

export function FilterBar({ searchField }: { searchField: RefObject<HTMLInputElement | null> }) {
  return (
    <>
      <div className="view-bar logs-sources">
        <h1 className="sr-only">Logs</h1>
        <Sources />
      </div>
      <div className="view-bar logs-filter">
        <SearchField field={searchField} />
        {LOG_LEVELS.toReversed().map((level) => (
          <LevelChip key={level} level={level} />
        ))}
      </div>
    </>
  )
}

function Sources() {
  const colours = useSourceColours()
  const chosen = useLogs((state) => state.sources)
  // A source that is chosen stays visible although its backend has left the configuration.
  const names = [...new Set([...Object.keys(colours), ...chosen])]
  return (
    <>
      <button
        type="button"
        className="chip"
        aria-pressed={chosen.length === 0}
        onClick={showAllSources}
      >
        All
      </button>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          className="chip"
          aria-pressed={chosen.includes(name)}
          onClick={() => toggleSource(name)}
        >
          <i className="source-mark" style={{ background: colours[name] ?? 'var(--d0)' }} />
          {name}
        </button>
      ))}
    </>
  )
}

function SearchField({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const search = useLogs((state) => state.search)
  return (
    <label className="search-field">
      <Search size={13} strokeWidth={1.5} aria-hidden />
      <input
        ref={field}
        className="mono"
        value={search}
        placeholder="Search message or request id"
        aria-label="Search message or request id"
        aria-keyshortcuts="/"
        maxLength={1000}
        spellCheck={false}
        onChange={(event) => searchLogs(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          if (search === '') event.currentTarget.blur()
          else searchLogs('')
        }}
      />
      {search === '' ? (
        <kbd>/</kbd>
      ) : (
        <button
          type="button"
          className="icon-btn icon-btn-small"
          aria-label="Clear the search"
          onClick={() => searchLogs('')}
        >
          <X size={13} aria-hidden />
        </button>
      )}
    </label>
  )
}

function LevelChip({ level }: { level: LogLevel }) {
  const isShown = useLogs((state) => state.levels.includes(level))
  const amount = useLogs((state) => state.log.counts[level])
  return (
    <button
      type="button"
      className="chip"
      aria-pressed={isShown}
      onClick={() => toggleLevel(level)}
    >
      {level === 'error' && <X size={11} strokeWidth={2} className="stop" aria-hidden />}
      {level === 'warn' && (
        <TriangleAlert size={11} strokeWidth={1.75} className="warn" aria-hidden />
      )}
      {LEVEL_NAMES[level]} <b className="num">{number(amount)}</b>
    </button>
  )
}
