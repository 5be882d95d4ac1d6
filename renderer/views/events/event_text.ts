import { BACKEND_STATES, type BackendState } from '../../../protocol/control.ts'
import type { PlaneEvent } from '../../../protocol/events.ts'
import { stateName } from '../../format/backend_text.ts'
import { t } from '../../i18n/i18n.ts'
import { failureText, messageText } from '../../format/message.ts'
import { number } from '../../format/number.ts'
import { punctuated } from '../../format/punctuated.ts'
import { duration } from '../../format/time.ts'
import { settledAt, stateOfStory, type Story } from '../../state/stories.ts'
import type { EventKind } from './event_filter.ts'

export const kindsLabel = (kind: EventKind): string => t(`events:kinds.${kind}`)
export const kindLabel = (kind: EventKind): string => t(`events:kind.${kind}`)

export function kindOfStory({ kind }: Story): EventKind {
  return kind === 'start' || kind === 'restart' ? 'state' : kind
}

/** undefined: none, or unknown to this panel. */
export function stateOfStoryKnown(story: Story): BackendState | undefined {
  return BACKEND_STATES.find((state) => state === stateOfStory(story))
}

/** "Started by you, ready on CPU after 1.4 s." */
export function storyText(story: Story): string {
  switch (story.kind) {
    case 'start':
    case 'restart':
      return punctuated(startText(story))
    case 'start_failed':
    case 'crash':
      return punctuated(crashText(story))
    case 'stop':
      return punctuated(stopText(story))
    default:
      return eventText(story.events.find((event) => event.taken_back === true) ?? story.events[0])
  }
}

/** Always names the state: the message may contain only the reason. */
export function eventText(event: PlaneEvent): string {
  const { kind } = event
  const message = messageText(event)
  // Starts with a backend's name, which keeps its case.
  if (event.taken_back === true) return message
  const state = BACKEND_STATES.find((one) => one === event.state)
  if (kind !== 'state' || state === undefined) return punctuated(message)
  const word = stateName(state)
  const isNamed = message.toLowerCase().startsWith(word.toLowerCase())
  return punctuated(isNamed ? message : t('events:story.state', { state: word, message }))
}

function startText(story: Story): string {
  const { kind, isAsked, events } = story
  const begun = t(
    `events:story.${kind === 'restart' ? 'restart' : 'start'}${isAsked ? '_asked' : ''}`,
  )
  const state = stateOfStoryKnown(story)
  if (state === undefined) return begun
  const settled = settledAt(story)
  if (settled === null) {
    const word = stateName(state)
    return isAsked ? t('events:story.going', { begun, state: word.toLowerCase() }) : word
  }
  const after = span(settled - events[0].time)
  const provider = events.findLast((event) => event.provider !== undefined)?.provider
  if (state === 'ready' && provider !== undefined) {
    return t('events:story.ready_on', { begun, provider, after })
  }
  return t('events:story.then', { begun, state: stateName(state).toLowerCase(), after })
}

/** The owner of the port is more specific than the failure to bind. */
const hasReason = ({ kind }: PlaneEvent) =>
  kind === 'crash' || kind === 'start_failed' || kind === 'port'

function crashText(story: Story): string {
  const { events, isAsked } = story
  const and = t('events:story.and')
  const ends = events.filter(({ state }) => state === 'backoff' || state === 'failed')
  const told = events.findLast(hasReason) ?? ends.at(-1) ?? events[0]
  const reason = failureText(told).replace(/[.。]$/, '')
  const times = ends.length > 1 ? ` ${t('events:story.times', { count: ends.length })}` : ''
  const begun = isAsked ? `${t('events:story.start_asked')}${and}` : ''
  const state = stateOfStoryKnown(story)
  const settled = settledAt(story)
  const since = ends[0] ?? events[0]
  const end =
    state === undefined || settled === null
      ? ''
      : state === 'failed'
        ? `${and}${t('events:story.given_up')}`
        : `${and}${t('events:story.again', { state: stateName(state).toLowerCase(), after: span(settled - since.time) })}`
  return `${begun}${reason}${times}${end}`
}

function stopText({ isAsked, events }: Story): string {
  const begun = t(isAsked ? 'events:story.stop_asked' : 'events:story.stop')
  const freed = events.find(({ kind }) => kind === 'stop')
  return freed === undefined ? begun : `${punctuated(begun)} ${punctuated(messageText(freed))}`
}

const MINUTE_MS = 60_000

function span(ms: number): string {
  return ms < MINUTE_MS
    ? t('events:story.seconds', { seconds: number(Math.max(0, ms) / 1000, 1) })
    : duration(ms)
}
