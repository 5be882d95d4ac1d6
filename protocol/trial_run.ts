import { wordingSchema } from './messages.ts'
import { z } from 'zod'
import { imageSizeSchema } from './backend.ts'
import { crashCauseSchema } from './crash.ts'
import { descriptorSchema } from './descriptor.ts'
import { logLineSchema } from './log_lines.ts'

/** A trial run that is not polled for this long ends. */
export const TRIAL_LEASE_MS = 15_000

export const uploadId = z.string().min(1).max(64)

export const trialRunParamsSchema = z.object({
  name: z.string(),
  section: z.record(z.string(), z.unknown()),
})

export const trialRunViewSchema = z.object({
  name: z.string(),
  state: z.string(),
  detail: z.string().nullable(),
  wording: wordingSchema,
  /** The cause as in a crash card; null if unproven. */
  cause: crashCauseSchema.pick({ code: true, cause: true, remedy: true, wording: true }).nullable(),
  is_ready: z.boolean(),
  /** It exited or never came up, and is not retried. */
  has_failed: z.boolean(),
  pid: z.int().nullable(),
  /** Port of the trial run, different from the section's; for external backends their own. */
  port: z.int(),
  provider: z.string().nullable(),
  /** null: it wants pictures unchanged. */
  image_size: imageSizeSchema.nullable(),
  descriptor: descriptorSchema.nullable(),
  lines: z.array(logLineSchema),
})
export type TrialRunView = z.infer<typeof trialRunViewSchema>

export const trialRunAnswerSchema = z.object({
  text: z.string(),
  round_trip_ms: z.number(),
})
