/** The YAML of a section, or the lines that an edit would change. */
import type { ConfigSection } from '../../protocol/config_edits.ts'
import { hunksOf, lineDiff, type DiffLine } from './line_diff.ts'
import { t } from '../i18n/i18n.ts'

const LINES_AROUND = 2

interface DiffViewProps {
  before: string
  /** null: unchanged, the section is shown. */
  after: string | null
  section: Pick<ConfigSection, 'first_line' | 'last_line'>
}

export function DiffView({ before, after, section }: DiffViewProps) {
  const hunks =
    after === null ? [linesOf(before, section)] : hunksOf(lineDiff(before, after), LINES_AROUND)
  return (
    <div className="well diff" role="region" aria-label={t('config:yaml')} tabIndex={0}>
      {hunks.map((hunk, index) => (
        <pre key={hunk[0]?.line ?? index}>
          {hunk.map((line) => (
            <Line key={`${line.kind} ${line.line}`} {...line} />
          ))}
        </pre>
      ))}
    </div>
  )
}

const MARKS = { same: ' ', old: '\u2212', new: '+' } as const

function Line({ kind, text, line }: DiffLine) {
  const label = kind === 'same' ? null : t(kind === 'old' ? 'config:taken_away' : 'config:new')
  return (
    <div className="diff-line" data-kind={kind}>
      <span className="diff-number" aria-hidden="true">
        {line}
      </span>
      <span className="diff-mark" aria-hidden="true">
        {MARKS[kind]}
      </span>
      {label !== null && <span className="sr-only">{label}</span>}
      {text}
    </div>
  )
}

function linesOf(text: string, section: DiffViewProps['section']): DiffLine[] {
  return text
    .split('\n')
    .slice(section.first_line - 1, section.last_line)
    .map((line, index) => ({ kind: 'same', text: line, line: section.first_line + index }))
}
