import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { useShallow } from 'zustand/react/shallow'
import { clockSeconds, isoDate } from '../../format/time.ts'
import { backendsOf, usePanel, useToday } from '../../state/panel_store.ts'
import type { EventRow } from './event_filter.ts'
import { goalOf, type EventGoal } from './event_goal.ts'
import { eventText, storyText } from './event_text.ts'
import { openGoal } from './open_event.ts'
import { levelOf, StoryMark } from './story_mark.tsx'
import type { Story } from '../../state/stories.ts'
import { t } from '../../i18n/i18n.ts'

const ROW_HEIGHT = 32
const OVERSCAN = 12

export function EventRows({ rows }: { rows: readonly EventRow[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const backends = usePanel(useShallow((state) => backendsOf(state).map(({ name }) => name)))
  const today = useToday()
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions change with each scroll, and only this component reads them
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    getItemKey: (index) => rows[index]?.key ?? index,
  })
  return (
    <div
      ref={scroller}
      className="virtual-rows live"
      role="region"
      aria-label={t('events:events_newest_first')}
      tabIndex={0}
      data-region-focus
    >
      <ul style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const row = rows[index]
          if (!row) return null
          const place = {
            'aria-setsize': rows.length,
            'aria-posinset': index + 1,
            style: { transform: `translateY(${start}px)` },
          }
          return row.row === 'day' ? (
            <li key={key} className="event-day" {...place}>
              <h2 className="h2">{dayText(row.date, today)}</h2>
              <span className="caption ink-3">{t('events:stories', { count: row.amount })}</span>
            </li>
          ) : (
            <li key={key} className="event-row" data-level={levelOf(row.story)} {...place}>
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
