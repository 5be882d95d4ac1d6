/** Read-only HTTP API: replies of GET /api/backends and /api/backends/<name>. */
import { z } from 'zod'
import { BACKEND_STATES, backendViewSchema } from './control.ts'
import { RUNTIMES } from './config.ts'

/** One process, or one external server. Units as in the ControlApi; null is unknown. */
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
  name: z.string(),
  runtime: z.enum(RUNTIMES),
  path: z.string(),
  /** Of the replica in the best state. */
  state: z.enum(BACKEND_STATES),
  is_serving: z.boolean(),
  replicas: z.array(apiReplicaSchema).min(1),
})
export type ApiBackend = z.infer<typeof apiBackendSchema>

export const apiBackendsSchema = z.object({ backends: z.array(apiBackendSchema) })

export const apiErrorSchema = z.object({ error: z.string() })
