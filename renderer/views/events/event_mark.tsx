/** The mark of an event: of a state its semaphore, of anything else the sign of its kind. Shape says it, colour repeats it. */
import { Cable, FileText, MousePointerClick, Square, TrafficCone, X } from 'lucide-react'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { Semaphore } from '../../components/semaphore.tsx'
import type { EventKind } from './event_filter.ts'
import { kindWord, stateOf } from './event_words.ts'

const ICONS: Record<EventKind, typeof X> = {
  crash: X,
  state: TrafficCone,
  action: MousePointerClick,
  config: FileText,
  port: Cable,
  stop: Square,
}

const TONES: Record<PlaneEvent['level'], string> = {
  debug: 'ink-3',
  info: 'ink-2',
  warn: 'warn',
  error: 'stop',
}

export function EventMark({ event }: { event: PlaneEvent }) {
  const state = event.kind === 'state' ? stateOf(event) : undefined
  const Icon = ICONS[event.kind]
  return (
    <span className={TONES[event.level]} title={`${kindWord(event.kind)}, ${event.level}`}>
      {state === undefined ? (
        <Icon size={14} strokeWidth={1.75} aria-hidden />
      ) : (
        <Semaphore state={state} size={14} />
      )}
      <span className="sr-only">
        {kindWord(event.kind)}, {event.level}
      </span>
    </span>
  )
}
