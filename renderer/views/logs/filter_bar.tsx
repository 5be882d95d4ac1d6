import { CalendarRange, History, TriangleAlert, X } from 'lucide-react'
import type { ComponentProps, RefObject } from 'react'
import { LOG_LEVELS, type LogLevel } from '../../../protocol/control.ts'
import { number } from '../../format/number.ts'
import { clockMinutes, clockSeconds } from '../../format/time.ts'
import { t } from '../../i18n/i18n.ts'
import { leaveMoment, showSpan, toggleLevel, useLogs } from '../../state/log_store.ts'
import { useToday } from '../../state/panel_store.ts'
import { ExportMenu } from './export_menu.tsx'
import { GoToTime } from './go_to_time.tsx'
import { SearchField, SearchProblem } from './search_field.tsx'
import { SourceChips } from './source_chips.tsx'
import { Chip } from '../../components/button.tsx'

interface FilterBarProps {
  searchField: RefObject<HTMLInputElement | null>
  goToTime: ComponentProps<typeof GoToTime>
}

export function FilterBar({ searchField, goToTime }: FilterBarProps) {
  return (
    <>
      <div className="view-bar">
        <h1 className="sr-only">{t('shell:view.logs')}</h1>
        <SourceChips />
        <GoToTime {...goToTime} />
        <ExportMenu />
      </div>
      <div className="view-bar logs-filter">
        <SearchField field={searchField} />
        <SpanChip />
        <EarlierChip />
        {LOG_LEVELS.toReversed().map((level) => (
          <LevelChip key={level} level={level} />
        ))}
      </div>
      <SearchProblem />
    </>
  )
}

function SpanChip() {
  const span = useLogs((state) => state.span)
  const today = useToday()
  if (span === null) return null
  const from = clockSeconds(span.fromMs, today)
  const to = clockSeconds(span.toMs, today)
  return (
    <Chip
      isPressed
      aria-label={t('logs:filter.any_time', { from, to })}
      onClick={() => showSpan(null)}
    >
      <CalendarRange size={11} strokeWidth={1.75} aria-hidden />
      <span className="num">
        {from} – {to}
      </span>
      <X size={11} strokeWidth={2} aria-hidden />
    </Chip>
  )
}

/** Lines come from the files around a moment; click to return to the newest in memory. */
function EarlierChip() {
  const earlier = useLogs((state) => state.earlier)
  const today = useToday()
  if (earlier === null) return null
  const from = clockMinutes(earlier.fromMs, today)
  const to = clockMinutes(earlier.toMs, earlier.fromMs)
  return (
    <Chip isPressed title={t('logs:filter.leave_files')} onClick={leaveMoment}>
      <History size={11} strokeWidth={1.75} aria-hidden />
      <span className="num">{t('logs:filter.from_files', { from, to })}</span>
      <X size={11} strokeWidth={2} aria-hidden />
    </Chip>
  )
}

function LevelChip({ level }: { level: LogLevel }) {
  const isShown = useLogs((state) => state.levels.includes(level))
  const amount = useLogs((state) => state.log.counts[level])
  return (
    <Chip isPressed={isShown} onClick={() => toggleLevel(level)}>
      {level === 'error' && <X size={11} strokeWidth={2} className="stop" aria-hidden />}
      {level === 'warn' && (
        <TriangleAlert size={11} strokeWidth={1.75} className="warn" aria-hidden />
      )}
      {t(`logs:level.${level}`)} <b className="num">{number(amount)}</b>
    </Chip>
  )
}
