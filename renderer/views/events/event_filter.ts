/** Which events are shown, in which order, and how many of each kind there are. Pure. */
import type { LogLevel } from '../../../protocol/control.ts'
import { EVENT_KINDS, type PlaneEvent } from '../../../protocol/events.ts'
import { LOG_LEVELS } from '../../../protocol/log_lines.ts'
import { isoDate } from '../../format/time.ts'

export type EventKind = PlaneEvent['kind']

export interface EventFilter {
  /** Empty: all kinds. */
  kinds: readonly EventKind[]
  /** This level and those above it. */
  level: LogLevel
  /** null: all, and what concerns none of them. */
  backend: string | null
  /** Looked for in message and backend, in any case. */
  text: string
}

export const NO_FILTER: EventFilter = { kinds: [], level: 'debug', backend: null, text: '' }

export function isFiltering({ kinds, level, backend, text }: EventFilter): boolean {
  return kinds.length > 0 || level !== 'debug' || backend !== null || text !== ''
}

/** Newest first. */
export function eventsThatMatch(
  events: readonly PlaneEvent[],
  filter: EventFilter,
): readonly PlaneEvent[] {
  return events
    .filter(
      (event) =>
        fitsAllButKind(event, filter) &&
        (filter.kinds.length === 0 || filter.kinds.includes(event.kind)),
    )
    .reverse()
}

/** What each kind would show: the filter without its kinds. */
export function kindCounts(
  events: readonly PlaneEvent[],
  filter: EventFilter,
): Readonly<Record<EventKind, number>> {
  const fitting = events.filter((event) => fitsAllButKind(event, filter))
  const counted = EVENT_KINDS.map((kind): [EventKind, number] => [
    kind,
    fitting.filter((event) => event.kind === kind).length,
  ])
  return Object.fromEntries(counted) as Record<EventKind, number>
}

/** Names that occur, in order of the alphabet; those that left the configuration too. */
export function backendsIn(events: readonly PlaneEvent[]): readonly string[] {
  const names = events.flatMap(({ backend }) => (backend === null ? [] : [backend]))
  return [...new Set(names)].sort()
}

export type EventRow =
  | { row: 'day'; key: string; date: string; amount: number }
  | { row: 'event'; key: string; event: PlaneEvent }

/** A heading before the first event of each day, in local time. */
export function rowsByDay(newestFirst: readonly PlaneEvent[]): readonly EventRow[] {
  const days = new Map<string, PlaneEvent[]>()
  for (const event of newestFirst) {
    const date = isoDate(event.time)
    const day = days.get(date)
    if (day) day.push(event)
    else days.set(date, [event])
  }
  return [...days].flatMap(([date, events]): EventRow[] => [
    { row: 'day', key: date, date, amount: events.length },
    ...events.map((event): EventRow => ({ row: 'event', key: `${event.seq}`, event })),
  ])
}

function fitsAllButKind(event: PlaneEvent, { level, backend, text }: EventFilter): boolean {
  if (LOG_LEVELS.indexOf(event.level) < LOG_LEVELS.indexOf(level)) return false
  if (backend !== null && event.backend !== backend) return false
  const needle = text.trim().toLowerCase()
  return needle === '' || `${event.backend ?? ''} ${event.message}`.toLowerCase().includes(needle)
}
