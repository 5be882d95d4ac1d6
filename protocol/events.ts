import { z } from 'zod'
import { LOG_LEVELS } from './log_lines.ts'
import { messageParts } from './messages.ts'

export const EVENT_KINDS = [
  'state',
  /** Requested by a user, a program or the configuration. */
  'action',
  /** A serving backend ended by itself, or had to be killed. */
  'crash',
  /** A start ended before the backend was ready. */
  'start_failed',
  'config',
  'port',
  /** Stopping freed memory. */
  'stop',
] as const

/** Retention, unless newer events need the space. */
export const EVENTS_DAYS_MAX = 30
export const EVENTS_PAGE_MAX = 1000

export const BACKEND_ACTIONS = ['start', 'stop', 'restart'] as const
export type BackendAction = (typeof BACKEND_ACTIONS)[number]

export const planeEventSchema = z.object({
  /** Increases by one per event, also across restarts. */
  seq: z.int(),
  /** Unix milliseconds. */
  time: z.number(),
  kind: z.enum(EVENT_KINDS),
  level: z.enum(LOG_LEVELS),
  /** null = Switchyard as a whole. */
  backend: z.string().nullable(),
  message: z.string(),
  ...messageParts,
  state: z.string().optional(),
  action: z.enum(BACKEND_ACTIONS).optional(),
  provider: z.string().optional(),
  /** For `config`: the last change of this section was reverted because the backend did not become ready. */
  taken_back: z.boolean().optional(),
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
  /** Request older matches with the first `seq` of these. */
  has_earlier: z.boolean(),
})
export type EventsPage = z.infer<typeof eventsPageSchema>
