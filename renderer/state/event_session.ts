import type { PlaneEvent } from '../../protocol/events.ts'
import type { ControlClient } from '../../client/control_client.ts'
import { listedWith, reduceEvent, useEvents } from './event_store.ts'
import { changePreferences, useUi } from './ui_store.ts'
import { errorText } from '../format/message.ts'

export interface EventSession {
  /** Requests the newest page. Never rejects: failures go to the store. */
  reload(): Promise<void>
  loadEarlier(): Promise<void>
}

export function keepEvents(
  client: Pick<ControlClient, 'call' | 'onEvent' | 'onStatus'>,
): EventSession {
  /** Pushed since the request; null while no reply is pending. */
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
      useEvents.setState({ problem: errorText(error) })
    }
    pushed = null
  }

  const loadEarlier = async () => {
    const [oldest] = useEvents.getState().events
    if (oldest === undefined) return
    try {
      const page = await client.call('events.list', { before_seq: oldest.seq })
      const { events } = useEvents.getState()
      // Another reply, or a second click, was faster.
      if (events[0] !== oldest) return
      useEvents.setState({
        events: [...page.events, ...events],
        hasEarlier: page.has_earlier,
        problem: null,
      })
    } catch (error) {
      useEvents.setState({ problem: errorText(error) })
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

/** If the numbering restarted, the seen marker belongs to another history. */
function forgetOtherHistory(lastSeq: number): void {
  const { eventsSeenSeq } = useUi.getState()
  if (eventsSeenSeq !== null && eventsSeenSeq > lastSeq) changePreferences({ eventsSeenSeq: null })
}
