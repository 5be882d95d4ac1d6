/** Port doctor report: availability, owner, and a free alternative. */
import { z } from 'zod'
import { wordingSchema } from './messages.ts'

/**
 * `excluded`: reserved by Windows. `forbidden`: by policy. `unavailable_address`: not of this machine, or unresolved.
 */
export const PORT_VERDICTS = [
  'free',
  'in_use',
  'forbidden',
  'excluded',
  'unavailable_address',
] as const
export type PortVerdict = (typeof PORT_VERDICTS)[number]

/** Owner of a port in use. Unknown fields are null; `reason` holds the cause. */
export const portHolderSchema = z.object({
  pid: z.number().int().nullable(),
  command: z.string().nullable(),
  started_at: z.number().nullable(),
  /** Account name, or `uid 1234` if the number has no name. */
  user: z.string().nullable(),
  reason: z.string().nullable(),
  wording: wordingSchema,
})
export type PortHolder = z.infer<typeof portHolderSchema>

/** The owner's answer to our protocol, and then to plain HTTP. */
export const portAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backend'),
    backend: z.string().nullable(),
    pid: z.number().int().nullable(),
    status: z.string(),
  }),
  /** Accepts WebSockets, but does not answer `health_check`. */
  z.object({ kind: z.literal('websocket') }),
  z.object({ kind: z.literal('http'), status_code: z.number().int() }),
  z.object({ kind: z.literal('silent'), reason: z.string(), wording: wordingSchema }),
])
export type PortAnswer = z.infer<typeof portAnswerSchema>

export const portReportSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  verdict: z.enum(PORT_VERDICTS),
  /** null unless the verdict is `in_use`. */
  holder: portHolderSchema.nullable(),
  speaks: portAnswerSchema.nullable(),
  /** Seconds until closed connections free the port (TIME_WAIT); otherwise null. */
  free_in_s: z.number().int().nullable(),
  /** A port that could just be bound on the same host; null if none was searched or found. */
  suggestion: z.number().int().nullable(),
  sentence: z.string(),
  remedy: z.string(),
  /** System settings that may take the port later. */
  notes: z.array(z.string()),
  wording: wordingSchema,
})
export type PortReport = z.infer<typeof portReportSchema>
