import { CaseSensitive, LoaderCircle, Regex, Search, TriangleAlert, X } from 'lucide-react'
import type { KeyboardEvent, RefObject } from 'react'
import { PATTERN_LENGTH_MAX } from '../../../protocol/logs.ts'
import { punctuated } from '../../format/punctuated.ts'
import { t } from '../../i18n/i18n.ts'
import { refusalOf, searchLogs, toggleCase, toggleRegex, useLogs } from '../../state/log_store.ts'
import './search_field.css'
import { IconButton } from '../../components/button.tsx'

const PROBLEM_ID = 'log-search-problem'

export function SearchField({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const search = useLogs((state) => state.search)
  const isRegex = useLogs((state) => state.isRegex)
  const isCaseSensitive = useLogs((state) => state.isCaseSensitive)
  const refusal = useLogs(refusalOf)
  const isAsking = useLogs((state) => state.isAsking && state.search !== '')
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    // Enter retries a search that took too long.
    if (event.key === 'Enter') useLogs.setState({ refusal: null })
    if (event.key !== 'Escape') return
    event.preventDefault()
    if (search === '') event.currentTarget.blur()
    else searchLogs('')
  }
  return (
    <div className="search-field row" data-invalid={refusal === null ? undefined : ''}>
      {isAsking ? (
        <LoaderCircle size={13} strokeWidth={1.5} className="spin" aria-hidden />
      ) : (
        <Search size={13} strokeWidth={1.5} aria-hidden />
      )}
      <input
        ref={field}
        className="mono"
        value={search}
        placeholder={t('logs:search.placeholder')}
        aria-label={t('logs:search.placeholder')}
        aria-keyshortcuts="/"
        aria-invalid={refusal === null ? undefined : true}
        aria-describedby={refusal === null ? undefined : PROBLEM_ID}
        maxLength={PATTERN_LENGTH_MAX}
        spellCheck={false}
        onChange={(event) => searchLogs(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {search === '' ? (
        <kbd>/</kbd>
      ) : (
        <IconButton icon={X} label={t('words:clear_search')} onClick={() => searchLogs('')} />
      )}
      <IconButton
        icon={Regex}
        label={t('logs:search.regex')}
        title={t('logs:search.regex_title')}
        aria-pressed={isRegex}
        onClick={toggleRegex}
      />
      <IconButton
        icon={CaseSensitive}
        label={t('logs:search.case')}
        title={t('logs:search.case')}
        aria-pressed={isCaseSensitive}
        onClick={toggleCase}
      />
    </div>
  )
}

/** Below the field, where it has room. The lines still match the last valid text. */
export function SearchProblem() {
  const refusal = useLogs(refusalOf)
  const good = useLogs((state) => state.goodText.search)
  const inForce = good === '' ? t('logs:search.still_all') : t('logs:search.still', { text: good })
  return (
    <div role="alert">
      {refusal !== null && (
        <p className="search-problem" id={PROBLEM_ID}>
          <TriangleAlert size={13} strokeWidth={1.75} className="stop" aria-hidden />
          <span>
            <span lang="en">{punctuated(refusal)}</span> <span className="ink-2">{inForce}</span>
          </span>
        </p>
      )}
    </div>
  )
}
