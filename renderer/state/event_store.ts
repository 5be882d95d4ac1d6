import { failureText, messageText } from '../format/message.ts'
import { create } from 'zustand'
import type { PlaneEvent } from '../../protocol/events.ts'
import { message } from '../../protocol/messages.ts'
import type { NewNotice } from './panel_store.ts'

/** About as many as Switchyard keeps. */
export const EVENTS_MAX = 20_000

export interface EventState {
  events: readonly PlaneEvent[]
  hasEarlier: boolean
  loadedAtMs: number | null
  problem: string | null
}

export const useEvents = create<EventState>()(() => ({
  events: [],
  hasEarlier: false,
  loadedAtMs: null,
  problem: null,
}))

/** Merges a reply with what was pushed since the request. */
export function listedWith(
  list: readonly PlaneEvent[],
  pushed: readonly PlaneEvent[],
): readonly PlaneEvent[] {
  const last = list.at(-1)?.seq ?? -1
  return [...list, ...pushed.filter((event) => event.seq > last)].slice(-EVENTS_MAX)
}

export function reduceEvent(
  { events }: Pick<EventState, 'events'>,
  event: PlaneEvent,
): Partial<EventState> {
  return { events: [...events, event].slice(-EVENTS_MAX) }
}

/** A backend ended by itself or is in state `failed`. */
export function isTrouble({ kind, state }: PlaneEvent): boolean {
  return kind === 'crash' || (kind === 'state' && state === 'failed')
}

export interface Seen {
  /** Newest seen event; null before the first visit. */
  seenSeq: number | null
  sinceMs: number
}

/** Number of crashes and failures since `sinceMs` and after `seenSeq`. */
export function unseenTrouble(events: readonly PlaneEvent[], { seenSeq, sinceMs }: Seen): number {
  return events.filter(
    (event) => event.time >= sinceMs && event.seq > (seenSeq ?? -1) && isTrouble(event),
  ).length
}

/** The notification for a failure while the panel is open; null for other events. */
export function noticeOf(event: PlaneEvent): NewNotice | null {
  const { backend, kind } = event
  if (backend === null || !isTrouble(event)) return null
  const title = messageText(message(kind === 'crash' ? 'app.crashed' : 'app.failed', { backend }))
  if (kind === 'crash') return { title, text: messageText(event), crashOf: backend }
  // Without a link: a rejected start has no card, and a crash had its own notification.
  return { title, text: failureText(event) }
}
