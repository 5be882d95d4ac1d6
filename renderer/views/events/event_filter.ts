import { messageText } from '../../format/message.ts'
import type { LogLevel } from '../../../protocol/control.ts'
import { EVENT_KINDS, type PlaneEvent } from '../../../protocol/events.ts'
import { LOG_LEVELS } from '../../../protocol/log_lines.ts'
import { isoDate } from '../../format/time.ts'
import type { Story } from '../../state/stories.ts'

export type EventKind = PlaneEvent['kind']

export interface EventFilter {
  /** Empty: all kinds. */
  kinds: readonly EventKind[]
  /** This level and above. */
  level: LogLevel
  /** null: all, including events without a backend. */
  backend: string | null
  text: string
}

export const NO_FILTER: EventFilter = { kinds: [], level: 'debug', backend: null, text: '' }

export function isFiltering({ kinds, level, backend, text }: EventFilter): boolean {
  return kinds.length > 0 || level !== 'debug' || backend !== null || text !== ''
}

/** Newest first; a story matches if one of its events does. */
export function storiesThatMatch(stories: readonly Story[], filter: EventFilter): readonly Story[] {
  const { kinds } = filter
  return stories
    .filter(({ events }) =>
      events.some(
        (event) =>
          fitsAllButKind(event, filter) && (kinds.length === 0 || kinds.includes(event.kind)),
      ),
    )
    .reverse()
}

export function kindCounts(
  stories: readonly Story[],
  filter: EventFilter,
): Readonly<Record<EventKind, number>> {
  const counted = EVENT_KINDS.map((kind): [EventKind, number] => [
    kind,
    storiesThatMatch(stories, { ...filter, kinds: [kind] }).length,
  ])
  return Object.fromEntries(counted) as Record<EventKind, number>
}

export function backendsIn(events: readonly PlaneEvent[]): readonly string[] {
  const names = events.flatMap(({ backend }) => (backend === null ? [] : [backend]))
  return [...new Set(names)].sort()
}

export type EventRow =
  | { row: 'day'; key: string; date: string; amount: number }
  | { row: 'story'; key: string; story: Story }

/** A heading before the first story of each day, local time. */
export function rowsByDay(newestFirst: readonly Story[]): readonly EventRow[] {
  const days = new Map<string, Story[]>()
  for (const story of newestFirst) {
    const date = isoDate(story.events[0].time)
    const day = days.get(date)
    if (day) day.push(story)
    else days.set(date, [story])
  }
  return [...days].flatMap(([date, stories]): EventRow[] => [
    { row: 'day', key: date, date, amount: stories.length },
    ...stories.map((story): EventRow => ({ row: 'story', key: `${story.events[0].seq}`, story })),
  ])
}

function fitsAllButKind(event: PlaneEvent, { level, backend, text }: EventFilter): boolean {
  if (LOG_LEVELS.indexOf(event.level) < LOG_LEVELS.indexOf(level)) return false
  if (backend !== null && event.backend !== backend) return false
  const needle = text.trim().toLowerCase()
  const shown = `${event.backend ?? ''} ${event.message} ${messageText(event)}`
  return needle === '' || shown.toLowerCase().includes(needle)
}
