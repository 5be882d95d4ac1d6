/** The read-only HTTP API of the main backend: what GET /api/backends and /api/backends/<name> answer. For programs and scripts. */
import { z } from 'zod'
import { BACKEND_STATES, backendViewSchema } from './control.ts'
import { RUNTIMES } from './config.ts'

/** One process of a backend, or one foreign server. Units and meaning as in the ControlApi; unknown is null. */
export const apiReplicaSchema = backendViewSchema
  .pick({
    host: true,
    port: true,
    state: true,
    since: true,
    wanted: true,
    detail: true,
    retry_at: true,
    attempt: true,
    max_attempts: true,
    pid: true,
    started_at: true,
    provider: true,
    models: true,
    pong_ms: true,
    in_flight: true,
    queue_depth: true,
    queue_limit: true,
    requests: true,
    errors: true,
    requests_per_s: true,
    latency_ms: true,
    rss_bytes: true,
    gpu_bytes: true,
    gpu_reason: true,
  })
  .extend({ id: z.string() })
export type ApiReplica = z.infer<typeof apiReplicaSchema>

export const apiBackendSchema = z.object({
  /** Name of the section in the configuration. */
  name: z.string(),
  runtime: z.enum(RUNTIMES),
  /** Path of the gateway at which it is asked, on the port of this API. */
  path: z.string(),
  /** That of the replica in the best state. */
  state: z.enum(BACKEND_STATES),
  /** Requests are forwarded to it. */
  is_serving: z.boolean(),
  replicas: z.array(apiReplicaSchema).min(1),
})
export type ApiBackend = z.infer<typeof apiBackendSchema>

export const apiBackendsSchema = z.object({ backends: z.array(apiBackendSchema) })

/** The body of every answer that is not 200 or 304. */
export const apiErrorSchema = z.object({ error: z.string() })
