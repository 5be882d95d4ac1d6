/** What happened to the backends, as far as the control plane has kept it, and how much of it a person has seen. */
import { create } from 'zustand'
import type { PlaneEvent } from '../../protocol/events.ts'
import type { NewNotice } from './panel_store.ts'

/** Held here; about as many as the control plane keeps. */
export const EVENTS_MAX = 20_000

export interface EventState {
  /** Oldest first. */
  events: readonly PlaneEvent[]
  /** Older ones can be loaded. */
  hasEarlier: boolean
  /** null until the first answer of the control plane. */
  loadedAtMs: number | null
  /** Why there is no newer answer; null when there is one. */
  problem: string | null
}

export const useEvents = create<EventState>()(() => ({
  events: [],
  hasEarlier: false,
  loadedAtMs: null,
  problem: null,
}))

/** The list as it was answered, with what was pushed since it was asked for. */
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

/** A backend ended by itself, or is given up. */
export function isTrouble({ kind, state }: PlaneEvent): boolean {
  return kind === 'crash' || (kind === 'state' && state === 'failed')
}

export interface Seen {
  /** The newest event that was seen; null: nobody has looked yet. */
  seenSeq: number | null
  /** What is older does not count, unix ms. */
  sinceMs: number
}

/** How often that happened since then, after what was seen. */
export function unseenTrouble(events: readonly PlaneEvent[], { seenSeq, sinceMs }: Seen): number {
  return events.filter(
    (event) => event.time >= sinceMs && event.seq > (seenSeq ?? -1) && isTrouble(event),
  ).length
}

/** The notice for trouble that comes while the panel is open; null for everything else. */
export function noticeOf(event: PlaneEvent): NewNotice | null {
  const { backend, kind, message } = event
  if (backend === null || !isTrouble(event)) return null
  if (kind === 'crash') return { title: `${backend} crashed`, text: message, crashOf: backend }
  // Without a link: a start that was refused leaves no card, and a crash before it had a notice of its own.
  return { title: `${backend} failed`, text: message.replace(/^failed: /, '') }
}
