import { useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { clockSeconds, isoDate } from '../../format/time.ts'
import { backendsOf, usePanel, useToday } from '../../state/panel_store.ts'
import type { EventRow } from './event_filter.ts'
import { goalOf, type EventGoal } from './event_goal.ts'
import { eventText, storyText } from './event_text.ts'
import { openGoal } from './open_event.ts'
import { levelOf, StoryMark } from './story_mark.tsx'
import { useRowWindow } from '../../hooks/row_window.ts'
import type { Story } from '../../state/stories.ts'
import { t } from '../../i18n/i18n.ts'

/** As in events_view.css. */
const ROW_HEIGHT = 32

export function EventRows({ rows }: { rows: readonly EventRow[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const backends = usePanel(useShallow((state) => backendsOf(state).map(({ name }) => name)))
  const today = useToday()
  const shown = { count: rows.length, height: ROW_HEIGHT, isAtEnd: false }
  const { start, end } = useRowWindow(scroller, shown)
  return (
    <div
      ref={scroller}
      className="virtual-rows live"
      role="region"
      aria-label={t('events:events_newest_first')}
      tabIndex={0}
      data-region-focus
    >
      <ul style={{ height: rows.length * ROW_HEIGHT }}>
        {rows.slice(start, end).map((row, place) => {
          const index = start + place
          const shared = {
            'aria-setsize': rows.length,
            'aria-posinset': index + 1,
            style: { transform: `translateY(${index * ROW_HEIGHT}px)` },
          }
          return row.row === 'day' ? (
            <li key={row.key} className="event-day" {...shared}>
              <h2 className="h2">{dayText(row.date, today)}</h2>
              <span className="caption ink-3">{t('events:stories', { count: row.amount })}</span>
            </li>
          ) : (
            <li key={row.key} className="event-row" data-level={levelOf(row.story)} {...shared}>
              <Row story={row.story} goal={goalOf(row.story, { backends })} />
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Row({ story, goal }: { story: Story; goal: EventGoal }) {
  const [first] = story.events
  const time = clockSeconds(first.time, first.time)
  const backend = first.backend ?? t('words:switchyard')
  return (
    <>
      <time>{time}</time>
      <StoryMark story={story} />
      <b className="ellipsis" title={backend}>
        {backend}
      </b>
      <span className="ellipsis" title={eventLines(story)}>
        {storyText(story)}
      </span>
      {goal !== null && (
        <button
          type="button"
          className="event-goal"
          aria-label={t('events:goal_of', { goal: goalLabel(goal), name: backend, time })}
          onClick={() => openGoal(story, goal)}
        >
          {goalLabel(goal)}
        </button>
      )}
    </>
  )
}

export function eventLines({ events }: Story): string {
  return events
    .map((event) => `${clockSeconds(event.time, event.time)} ${eventText(event)}`)
    .join('\n')
}

export const goalLabel = (goal: Exclude<EventGoal, null>): string =>
  t(goal === 'logs' ? 'events:goal.logs' : 'events:goal.card')

const DAY_MS = 24 * 3_600_000

function dayText(date: string, nowMs: number): string {
  if (date === isoDate(nowMs)) return t('events:today', { date })
  if (date === isoDate(nowMs - DAY_MS)) return t('events:yesterday', { date })
  return date
}
