/** Groups related events of one backend into stories: a start, a crash up to recovery, a stop with what it freed. */
import type { BackendState } from '../../protocol/control.ts'
import type { PlaneEvent } from '../../protocol/events.ts'

export type StoryKind =
  'start' | 'restart' | 'start_failed' | 'crash' | 'stop' | 'state' | 'config' | 'port' | 'action'

export interface Story {
  kind: StoryKind
  /** null: Switchyard as a whole. */
  backend: string | null
  /** Oldest first; at least one. */
  events: readonly [PlaneEvent, ...PlaneEvent[]]
  isAsked: boolean
}

export function storiesOf(events: readonly PlaneEvent[]): readonly Story[] {
  const stories: Draft[] = []
  const lastOf = new Map<string, Draft>()
  for (const event of events) {
    const { backend } = event
    if (backend !== null && event.taken_back === true) {
      lastOf.set(backend, takeBack(stories, { ...event, backend }))
      continue
    }
    const last = backend === null ? undefined : lastOf.get(backend)
    if (last !== undefined && continues(last, event)) {
      last.events.push(event)
      if (isEnd(event)) last.kind = kindOfEnd(last)
      continue
    }
    const draft: Draft = { kind: kindOf(event), backend, events: [event] }
    stories.push(draft)
    // A restart caused by a changed section continues after its event.
    if (backend !== null && event.kind !== 'config') lastOf.set(backend, draft)
  }
  return stories.map(({ kind, backend, events: [first, ...rest] }) => ({
    kind,
    backend,
    events: [first, ...rest],
    isAsked: first.kind === 'action',
  }))
}

/** Joins a change and its effects with the event that reverts it: the sum changes nothing. */
function takeBack(stories: Draft[], event: PlaneEvent & { backend: string }): Draft {
  const { backend } = event
  const isOwn = (id: string | null) => id === backend || id?.replace(/-\d+$/, '') === backend
  const change = stories.findLastIndex(
    (one) => one.kind === 'config' && one.backend === backend && !isTakenBack(one),
  )
  const since = change === -1 ? [] : stories.splice(change)
  const own = since.filter((one) => isOwn(one.backend)).flatMap(({ events }) => events)
  const [first = event, ...rest] = [...own.sort((a, b) => a.seq - b.seq), event]
  const draft: Draft = { kind: 'config', backend, events: [first, ...rest] }
  stories.push(draft, ...since.filter((one) => !isOwn(one.backend)))
  return draft
}

const isTakenBack = ({ events }: Draft) => events.some((event) => event.taken_back === true)

interface Draft {
  kind: StoryKind
  backend: string | null
  events: [PlaneEvent, ...PlaneEvent[]]
}

const SETTLED: ReadonlySet<string> = new Set<BackendState>([
  'ready',
  'busy',
  'degraded',
  'unreachable',
  'failed',
  'disabled',
])
/** The crash card and the owner of a port follow a little after the crash. */
const LATE_MS = 10_000

export function stateOfStory({ events }: Pick<Story, 'events'>): string | null {
  return events.findLast(({ kind }) => kind === 'state')?.state ?? null
}

/** When the story ended; null while it continues. */
export function settledAt({ events }: Pick<Story, 'events'>): number | null {
  const last = events.findLast(({ kind }) => kind === 'state')
  return last?.state !== undefined && SETTLED.has(last.state) ? last.time : null
}

function continues(story: Draft, event: PlaneEvent): boolean {
  if (story.kind === 'action' || story.kind === 'port') return false
  if (story.kind === 'config') {
    const last = story.events.at(-1)?.time ?? 0
    return event.kind === 'port' && isTakenBack(story) && event.time - last < LATE_MS
  }
  const settled = settledAt(story)
  // A request for the current state leads to nothing.
  const hasLed = stateOfStory(story) !== null
  if (!hasLed && event.time - story.events[0].time > LATE_MS) return false
  const isLate = (settledMs: number) => event.time - settledMs < LATE_MS
  switch (event.kind) {
    case 'action':
    case 'config':
      return false
    case 'start_failed':
      return (settled === null || isLate(settled)) && story.kind !== 'stop'
    case 'port':
      // While starting, it may be found listening on another address.
      return story.kind !== 'stop' && (settled === null || (isLate(settled) && hasFailed(story)))
    case 'crash':
      // A crash of a serving backend starts a story; a late one belongs to the end already recorded.
      return (settled === null || isLate(settled)) && story.kind !== 'stop' && hasFailed(story)
    case 'stop':
      return story.kind === 'stop' || story.kind === 'restart'
    case 'state':
      return settled === null
  }
}

const isUnplanned = ({ state }: PlaneEvent): boolean => state === 'backoff' || state === 'failed'

const hasFailed = ({ events }: Draft): boolean =>
  events.some((one) => isUnplanned(one) || one.kind === 'start_failed')

function isEnd(event: PlaneEvent): boolean {
  return event.kind === 'crash' || event.kind === 'start_failed' || isUnplanned(event)
}

/** A failed start is not a crash, unless it follows one. */
function kindOfEnd({ kind, events }: Draft): StoryKind {
  const isStart = kind === 'start' || kind === 'restart' || kind === 'start_failed'
  return isStart && !events.some((event) => event.kind === 'crash') ? 'start_failed' : 'crash'
}

function kindOf(event: PlaneEvent): StoryKind {
  const { kind, state, action } = event
  if (kind === 'start_failed') return kind
  if (isEnd(event)) return 'crash'
  if (kind === 'action') return action ?? 'action'
  if (kind === 'stop' || state === 'stopping') return 'stop'
  if (kind === 'state') return state === 'starting' ? 'start' : 'state'
  return kind
}
