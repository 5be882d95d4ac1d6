import clsx from 'clsx'
import { memo } from 'react'
import type { LogLine } from '../../../protocol/control.ts'
import { shortId } from '../../components/slow_rows.tsx'
import { clockMs, isoDate } from '../../format/time.ts'
import { t, useLanguage } from '../../i18n/i18n.ts'
import { showAside, type LogText } from '../../state/log_store.ts'
import { marked } from './marked.ts'

interface LogRowProps {
  line: LogLine
  top: number
  colour: string
  searched: LogText
  /** The target of a jump, or selected by key. */
  isMarked: boolean
  isOpen: boolean
}

/** Lines are immutable; a push draws only new ones. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  useLanguage()
  const { line, top, colour, searched, isMarked, isOpen } = props
  const [first = '', ...more] = line.message.split('\n')
  return (
    <div
      className={clsx('log-line', `log-${line.level}`)}
      style={{ transform: `translateY(${top}px)` }}
      data-goal={isMarked ? '' : undefined}
      data-open={isOpen ? '' : undefined}
      onClick={() => {
        // The user has selected text to copy.
        if (getSelection()?.isCollapsed !== false) showAside({ kind: 'line', line })
      }}
    >
      <time title={isoDate(line.time)}>{clockMs(line.time)}</time>
      <LineSource source={line.source} colour={colour} />
      <span className="log-level">{line.level.toUpperCase()}</span>
      <span className="log-message" lang="en" title={line.message}>
        <Marked text={first} searched={searched} />
        {more.length > 0 && (
          <span className="log-more">{t('logs:rows.more_lines', { count: more.length })}</span>
        )}
      </span>
      {line.request_id !== undefined && <RequestId id={line.request_id} searched={searched} />}
    </div>
  )
})

export function LineSource({ source, colour }: { source: string; colour: string }) {
  return (
    <span className="log-source" title={source}>
      <i className="source-mark" style={{ background: colour }} />
      <span>{source}</span>
    </span>
  )
}

function RequestId({ id, searched }: { id: string; searched: LogText }) {
  const isMatch = marked(id, searched).some((part) => part.isMatch)
  return (
    <button
      type="button"
      className="log-id"
      tabIndex={-1}
      title={t('logs:rows.open_request', { id })}
      onClick={(event) => {
        event.stopPropagation()
        showAside({ kind: 'request', id })
      }}
    >
      {isMatch ? <mark>{shortId(id)}</mark> : shortId(id)}
    </button>
  )
}

function Marked({ text, searched }: { text: string; searched: LogText }) {
  return marked(text, searched).map(({ part, isMatch }, index) =>
    isMatch ? <mark key={index}>{part}</mark> : part,
  )
}
