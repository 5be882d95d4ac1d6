/** What happened to the backends and by whose doing, for the history in the panel. */
import { z } from 'zod'
import { LOG_LEVELS } from './log_lines.ts'
import { messageParts } from './messages.ts'

export const EVENT_KINDS = [
  /** A backend changed its state. */
  'state',
  /** A person, a program or the config asked for something. */
  'action',
  /** A backend that served ended by itself, or had to be ended. */
  'crash',
  /** A start ended before the backend was ready. */
  'start_failed',
  'config',
  'port',
  /** Switching off gave something back. */
  'stop',
] as const

/** How long an event is kept, unless newer ones need its place. */
export const EVENTS_DAYS_MAX = 30
/** Events of one answer. */
export const EVENTS_PAGE_MAX = 1000

/** What a person asks of a backend. */
export const BACKEND_ACTIONS = ['start', 'stop', 'restart'] as const
export type BackendAction = (typeof BACKEND_ACTIONS)[number]

export const planeEventSchema = z.object({
  /** Grows by one per event, also over restarts of the control plane. */
  seq: z.int(),
  /** Unix milliseconds. */
  time: z.number(),
  kind: z.enum(EVENT_KINDS),
  level: z.enum(LOG_LEVELS),
  /** null = the control plane as a whole. */
  backend: z.string().nullable(),
  message: z.string(),
  ...messageParts,
  /** The state that was entered, for `state`. */
  state: z.string().optional(),
  /** The requested action; absent for other events. */
  action: z.enum(BACKEND_ACTIONS).optional(),
  /** What its model runs on, for the state `ready`. */
  provider: z.string().optional(),
  /** For `config`: the last change of this section is no longer in force, because the backend did not become ready with it. */
  taken_back: z.boolean().optional(),
  /** The card, for `crash` and `start_failed`; absent for a start that the configuration made impossible. */
  crash_id: z.string().optional(),
})
export type PlaneEvent = z.infer<typeof planeEventSchema>

export const eventsQuerySchema = z.object({
  after_seq: z.int().optional(),
  before_seq: z.int().optional(),
  limit: z.int().min(1).max(EVENTS_PAGE_MAX).optional(),
})
export type EventsQuery = z.infer<typeof eventsQuerySchema>

export const eventsPageSchema = z.object({
  events: z.array(planeEventSchema),
  /** Older ones match too: ask for those before the first of these. */
  has_earlier: z.boolean(),
})
export type EventsPage = z.infer<typeof eventsPageSchema>
