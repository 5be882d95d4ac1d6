/** A trial run: the backend runs as configured, on a separate port, before it is written into the configuration. */
import { z } from 'zod'
import { imageSizeSchema } from './backend.ts'
import { crashCauseSchema } from './crash.ts'
import { descriptorSchema } from './descriptor.ts'
import { logLineSchema } from './log_lines.ts'

/** A trial run that is not polled for this long is ended: its panel has disconnected. */
export const TRIAL_LEASE_MS = 15_000

/** Chosen by the panel that sends a message in parts. */
export const uploadId = z.string().min(1).max(64)

export const trialRunParamsSchema = z.object({
  name: z.string(),
  /** The section as it would be written. */
  section: z.record(z.string(), z.unknown()),
})

export const trialRunViewSchema = z.object({
  name: z.string(),
  state: z.string(),
  detail: z.string().nullable(),
  /** Why it ended and what to do about it, as a crash card would say; null when nothing proves a cause. */
  cause: crashCauseSchema.pick({ code: true, cause: true, remedy: true }).nullable(),
  is_ready: z.boolean(),
  /** It ended, or never came up, and is not tried again. */
  has_failed: z.boolean(),
  pid: z.int().nullable(),
  /** The port of the trial, which is another one than that of the section; of an external backend its own. */
  port: z.int(),
  provider: z.string().nullable(),
  /** Pixels that its models make use of; null: it wants every picture as it is. */
  image_size: imageSizeSchema.nullable(),
  descriptor: descriptorSchema.nullable(),
  /** Of its output, the newest last. */
  lines: z.array(logLineSchema),
})
export type TrialRunView = z.infer<typeof trialRunViewSchema>

export const trialRunAnswerSchema = z.object({
  /** The message as it came. */
  text: z.string(),
  round_trip_ms: z.number(),
})
