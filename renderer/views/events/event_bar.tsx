import { Search, X } from 'lucide-react'
import type { RefObject } from 'react'
import type { LogLevel } from '../../../protocol/control.ts'
import { EVENTS_DAYS_MAX, type PlaneEvent } from '../../../protocol/events.ts'
import { number } from '../../format/number.ts'
import { EVENTS_MAX, useEvents } from '../../state/event_store.ts'
import { useActions } from '../../state/actions_context.ts'
import type { Story } from '../../state/stories.ts'
import '../logs/search_field.css'
import { backendsIn, kindCounts, type EventFilter, type EventKind } from './event_filter.ts'
import { kindsLabel } from './event_text.ts'
import { t } from '../../i18n/i18n.ts'
import { Chip, IconButton } from '../../components/button.tsx'

interface EventBarProps {
  events: readonly PlaneEvent[]
  stories: readonly Story[]
  filter: EventFilter
  onFilter: (change: Partial<EventFilter>) => void
  textField: RefObject<HTMLInputElement | null>
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export function EventBar({ events, stories, filter, onFilter, textField }: EventBarProps) {
  const names = [...new Set([...backendsIn(events), ...(filter.backend ? [filter.backend] : [])])]
  return (
    <>
      <div className="view-bar">
        <h1>{t('shell:view.events')}</h1>
        <span className="small ink-3">
          {t('events:amount', {
            count: events.length,
            amount: number(events.length),
            days: EVENTS_DAYS_MAX,
          })}
        </span>
        <Earlier />
        <span className="grow" />
        <TextField filter={filter} onFilter={onFilter} field={textField} />
      </div>
      <div className="view-bar events-filter">
        <Kinds stories={stories} filter={filter} onFilter={onFilter} />
        <span className="grow" />
        <select
          className="events-select"
          aria-label={t('words:level')}
          value={filter.level}
          onChange={(event) =>
            onFilter({
              level: LEVELS.find((level) => level === event.target.value) ?? 'debug',
            })
          }
        >
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {t(`events:from_level.${level}`)}
            </option>
          ))}
        </select>
        <select
          className="events-select"
          aria-label={t('words:backend')}
          value={filter.backend ?? ''}
          onChange={(event) => onFilter({ backend: event.target.value || null })}
        >
          <option value="">{t('words:all_backends')}</option>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
    </>
  )
}

function Earlier() {
  const { panel } = useActions()
  const isShown = useEvents(({ events, hasEarlier }) => hasEarlier && events.length < EVENTS_MAX)
  if (!isShown) return null
  return (
    <button type="button" className="link" onClick={() => void panel.loadEarlierEvents()}>
      {t('events:load_earlier')}
    </button>
  )
}

function Kinds({ stories, filter, onFilter }: Omit<EventBarProps, 'textField' | 'events'>) {
  const counts = kindCounts(stories, filter)
  const toggled = (kind: EventKind) =>
    filter.kinds.includes(kind)
      ? filter.kinds.filter((one) => one !== kind)
      : [...filter.kinds, kind]
  return (
    <>
      <Chip isPressed={filter.kinds.length === 0} onClick={() => onFilter({ kinds: [] })}>
        {t('words:all')}
      </Chip>
      {KIND_ORDER.map((kind) => (
        <Chip
          key={kind}
          isPressed={filter.kinds.includes(kind)}
          onClick={() => onFilter({ kinds: toggled(kind) })}
        >
          {kindsLabel(kind)} <b className="num">{number(counts[kind])}</b>
        </Chip>
      ))}
    </>
  )
}

const KIND_ORDER: readonly EventKind[] = [
  'crash',
  'start_failed',
  'port',
  'config',
  'state',
  'action',
  'stop',
]

interface TextFieldProps {
  filter: EventFilter
  onFilter: EventBarProps['onFilter']
  field: RefObject<HTMLInputElement | null>
}

function TextField({ filter, onFilter, field }: TextFieldProps) {
  return (
    <div className="search-field events-text row">
      <Search size={13} strokeWidth={1.5} aria-hidden />
      <input
        ref={field}
        value={filter.text}
        placeholder={t('events:search_events')}
        aria-label={t('events:search_events')}
        aria-keyshortcuts="/"
        maxLength={200}
        spellCheck={false}
        onChange={(event) => onFilter({ text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          if (filter.text === '') event.currentTarget.blur()
          else onFilter({ text: '' })
        }}
      />
      {filter.text === '' ? (
        <kbd>/</kbd>
      ) : (
        <IconButton
          icon={X}
          label={t('words:clear_search')}
          onClick={() => onFilter({ text: '' })}
        />
      )}
    </div>
  )
}
