/** Fills the event store: the newest page on each connection, then what is pushed. */
import type { PlaneEvent } from '../../protocol/events.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { listedWith, reduceEvent, useEvents } from './event_store.ts'
import { changePreferences, useUi } from './ui_store.ts'
import { messageOf } from '../../protocol/errors.ts'

export interface EventSession {
  /** Asks for the newest again. Never rejects: why there is no answer is in the store. */
  reload(): Promise<void>
  /** Adds those before the oldest one here. Never rejects, as `reload`. */
  loadEarlier(): Promise<void>
}

export function keepEvents(
  client: Pick<ControlClient, 'call' | 'onEvent' | 'onStatus'>,
): EventSession {
  /** What was pushed since the list was asked for; null while no answer is awaited. */
  let pushed: PlaneEvent[] | null = null

  const reload = async () => {
    const sinceAsked: PlaneEvent[] = []
    pushed = sinceAsked
    try {
      const { events, has_earlier: hasEarlier } = await client.call('events.list', {})
      if (pushed !== sinceAsked) return
      useEvents.setState({
        events: listedWith(events, sinceAsked),
        hasEarlier,
        loadedAtMs: Date.now(),
        problem: null,
      })
      forgetOtherHistory(events.at(-1)?.seq ?? -1)
    } catch (error) {
      if (pushed !== sinceAsked) return
      useEvents.setState({ problem: messageOf(error) })
    }
    pushed = null
  }

  const loadEarlier = async () => {
    const [oldest] = useEvents.getState().events
    if (oldest === undefined) return
    try {
      const page = await client.call('events.list', { before_seq: oldest.seq })
      const { events } = useEvents.getState()
      // Another answer, or a second click, came first.
      if (events[0] !== oldest) return
      useEvents.setState({
        events: [...page.events, ...events],
        hasEarlier: page.has_earlier,
        problem: null,
      })
    } catch (error) {
      useEvents.setState({ problem: messageOf(error) })
    }
  }

  client.onStatus((connection) => {
    if (connection.phase === 'open') void reload()
  })
  client.onEvent((event) => {
    if (event.event !== 'event') return
    pushed?.push(event.data)
    useEvents.setState((state) => reduceEvent(state, event.data))
  })
  return { reload, loadEarlier }
}

/** Where the numbers begin again, what was seen is of another history. */
function forgetOtherHistory(lastSeq: number): void {
  const { eventsSeenSeq } = useUi.getState()
  if (eventsSeenSeq !== null && eventsSeenSeq > lastSeq) changePreferences({ eventsSeenSeq: null })
}
