/** The port doctor's report on a port: whether it is available, which program holds it, and a free alternative. */
import { z } from 'zod'
import { wordingSchema } from './messages.ts'

/**
 * `excluded`: the system keeps a range for itself (Windows). `forbidden`: this user or a policy may not have it.
 * `unavailable_address`: the host is not an address of this machine, or its name does not resolve.
 */
export const PORT_VERDICTS = [
  'free',
  'in_use',
  'forbidden',
  'excluded',
  'unavailable_address',
] as const
export type PortVerdict = (typeof PORT_VERDICTS)[number]

/** The program behind a port that is in use. Each field is null when it cannot be known; `reason` then holds the cause. */
export const portHolderSchema = z.object({
  pid: z.number().int().nullable(),
  /** Program and arguments in one line. */
  command: z.string().nullable(),
  /** Unix milliseconds. */
  started_at: z.number().nullable(),
  /** Account name, or `uid 1234` where the number has no name. */
  user: z.string().nullable(),
  reason: z.string().nullable(),
  wording: wordingSchema,
})
export type PortHolder = z.infer<typeof portHolderSchema>

/** What the holder answered when it was asked in our protocol, and then in plain HTTP. */
export const portAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    /** It answered `health_check` with a `pong` or a `health_response`. */
    kind: z.literal('backend'),
    backend: z.string().nullable(),
    pid: z.number().int().nullable(),
    status: z.string(),
  }),
  /** It takes WebSockets, but does not answer `health_check`. */
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
  /** null unless the verdict is `in_use`. */
  speaks: portAnswerSchema.nullable(),
  /** Seconds after which the port is free by itself: closed connections occupy it (TIME_WAIT). null in every other case. */
  free_in_s: z.number().int().nullable(),
  /** A port that could be bound on the same host a moment ago; null when none was looked for or none is free. */
  suggestion: z.number().int().nullable(),
  /** What is the matter, for people. */
  sentence: z.string(),
  /** What to do about it; empty when the port is free. */
  remedy: z.string(),
  /** Settings of the system that may take the port at another time. */
  notes: z.array(z.string()),
  wording: wordingSchema,
})
export type PortReport = z.infer<typeof portReportSchema>
