/** The last hour of each backend: its states, and one line per story. */
import { memo, useMemo } from 'react'
import { useShallow } from 'zustand/react/shallow'
import type { BackendState } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { clockMinutes, clockSeconds } from '../../format/time.ts'
import { backendsOf, useNow, usePanel, useToday } from '../../state/panel_store.ts'
import { useEvents } from '../../state/event_store.ts'
import { showAside } from '../../state/log_store.ts'
import { storiesOf, type Story } from '../../state/stories.ts'
import { showLogsAt, showView } from '../../state/ui_store.ts'
import { goalOf, type EventGoal } from '../events/event_goal.ts'
import { eventLines, goalLabel } from '../events/event_rows.tsx'
import { storyText } from '../events/event_text.ts'
import { openGoal } from '../events/open_event.ts'
import { levelOf, StoryMark } from '../events/story_mark.tsx'
import { useLaneDrag } from './lane_drag.ts'
import './timeline.css'
import { configMarks, laneOf, spanOf, TIMELINE_MS, type LaneMark } from './timeline_lanes.ts'
import { t } from '../../i18n/i18n.ts'

const LEGEND = ['ready', 'starting', 'degraded', 'backoff', 'down'] as const
const AXIS_PARTS = 4
/** About one pixel. */
const STEP_MS = 5000

export function Timeline() {
  return (
    <section className="timeline live" aria-label={t('backends:timeline')}>
      <div className="timeline-head row">
        <h2 className="h2">{t('backends:timeline')}</h2>
        <span className="caption ink-3">{t('backends:last_hour')}</span>
        <span className="grow" />
        {LEGEND.map((kind) => (
          <span className="legend" key={kind}>
            <i className={`lane-key lane-${kind}`} />
            {t(`backends:kind.${kind}`)}
          </span>
        ))}
        <span className="legend">
          <i className="lane-key lane-crash" />
          {t('backends:kind.crash')}
        </span>
      </div>
      <Lanes />
      <Stories />
    </section>
  )
}

function Lanes() {
  const events = useEvents((state) => state.events)
  const backends = usePanel(backendsOf)
  const startedAtMs = usePanel((state) => state.snapshot?.plane.started_at ?? 0)
  const toMs = useNow((nowMs) => Math.ceil(nowMs / STEP_MS) * STEP_MS)
  const today = useToday()
  const span = spanOf(toMs)
  return (
    <div className="lanes" aria-hidden="true" title={t('backends:lanes_hint')}>
      {backends.map(({ name, state, since }) => (
        <Lane key={name} {...{ name, state, since, events, startedAtMs, toMs }} />
      ))}
      <div className="lane lane-axis">
        <span />
        <span className="lane-times">
          {Array.from({ length: AXIS_PARTS + 1 }, (_, index) => (
            <span key={index}>
              {clockMinutes(span.fromMs + (TIMELINE_MS * index) / AXIS_PARTS, today)}
            </span>
          ))}
          <Marks marks={configMarks(events, span)} />
        </span>
      </div>
    </div>
  )
}

interface LaneProps {
  name: string
  state: BackendState
  since: number
  events: readonly PlaneEvent[]
  startedAtMs: number
  toMs: number
}

const Lane = memo(function Lane({ name, state, since, events, startedAtMs, toMs }: LaneProps) {
  const span = spanOf(toMs)
  const { stretches, marks } = laneOf({ name, state, since }, { events, startedAtMs, span })
  const { drag, handlers } = useLaneDrag(span, ({ fromMs, toMs }) => {
    showLogsAt({ backend: name, time: fromMs })
    showAside({ kind: 'slowest', source: name, span: { fromMs, toMs } })
  })
  return (
    <div className="lane">
      <span className="ellipsis" title={name}>
        {name}
      </span>
      <span className="lane-line" {...handlers}>
        {stretches.map((stretch) => (
          <i
            key={stretch.id}
            className={`lane-${stretch.kind}`}
            style={{ left: `${stretch.from * 100}%`, width: `${stretch.width * 100}%` }}
          />
        ))}
        <Marks marks={marks} />
        {drag !== null && (
          <span
            className="lane-drawn"
            style={{
              left: `${Math.min(drag.from, drag.to) * 100}%`,
              width: `${Math.abs(drag.to - drag.from) * 100}%`,
            }}
          />
        )}
      </span>
    </div>
  )
})

function Marks({ marks }: { marks: readonly LaneMark[] }) {
  return marks.map(({ id, kind, at, message }) => (
    <i key={id} className={`lane-${kind}`} style={{ left: `${at * 100}%` }} title={message} />
  ))
}

function Stories() {
  const events = useEvents((state) => state.events)
  // To the minute, so that the list does not change every second.
  const fromMs = useNow((nowMs) => Math.floor(nowMs / 60_000) * 60_000 - TIMELINE_MS)
  const names = usePanel(useShallow((state) => backendsOf(state).map(({ name }) => name)))
  const stories = useMemo(
    () =>
      storiesOf(events)
        .filter(({ events: [first, ...rest] }) => (rest.at(-1) ?? first).time >= fromMs)
        .reverse(),
    [events, fromMs],
  )
  return (
    <ol className="changes" tabIndex={0} aria-label={t('backends:timeline_label')}>
      {stories.length === 0 && (
        <li className="changes-none">
          <span className="ink-2">{t('backends:quiet_hour')}</span>
          <button type="button" className="link" onClick={() => showView('events')}>
            {t('backends:all_events')}
          </button>
        </li>
      )}
      {stories.map((story) => (
        <StoryRow
          key={story.events[0].seq}
          story={story}
          goal={goalOf(story, { backends: names })}
        />
      ))}
    </ol>
  )
}

function StoryRow({ story, goal }: { story: Story; goal: EventGoal }) {
  const time = clockSeconds(story.events[0].time, useToday())
  const name = story.backend ?? t('words:switchyard')
  return (
    <li>
      <time>{time}</time>
      <StoryMark story={story} />
      <b className="ellipsis" title={name}>
        {name}
      </b>
      <span
        className={levelOf(story) === 'error' ? 'ellipsis stop' : 'ellipsis'}
        title={eventLines(story)}
      >
        {storyText(story)}
      </span>
      {goal !== null && (
        <button
          type="button"
          className="link"
          aria-label={t('events:goal_of', { goal: goalLabel(goal), name, time })}
          onClick={() => openGoal(story, goal)}
        >
          {goalLabel(goal)}
        </button>
      )}
    </li>
  )
}
