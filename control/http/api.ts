/**
 * GET /metrics, /api/backends and /api/backends/<name> of the main port. panel_server.ts owns the socket and the access rules.
 */
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import {
  apiReplicaSchema,
  type ApiBackend,
  type apiBackendsSchema,
  type apiErrorSchema,
  type ApiReplica,
} from '../../protocol/api.ts'
import { isServingState, type BackendView } from '../../protocol/control.ts'
import { METRICS_CONTENT_TYPE } from '../../protocol/prometheus_text.ts'
import { bestState } from '../../gateway/targets.ts'

export interface ApiRequest {
  method: string
  path: string
  /** The header `if-none-match`, or null. */
  ifNoneMatch: string | null
}

export interface ApiReply {
  status: number
  contentType: string
  /** Empty for 304. Also set for HEAD; Node omits it. */
  body: string
  /** Besides content-type; lower-case names. */
  headers: Readonly<Record<string, string>>
}

export interface ApiSources {
  views(): readonly BackendView[]
  metrics(): Promise<string>
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** null for any other path. Rejects only if a source does. */
export async function answerApi(
  request: ApiRequest,
  sources: ApiSources,
): Promise<ApiReply | null> {
  const { method, path } = request
  if (path !== '/metrics' && path !== '/api' && !path.startsWith('/api/')) return null
  if (method !== 'GET' && method !== 'HEAD') {
    return failure(405, `method ${method} is not allowed; this API is read only, use GET`, {
      allow: 'GET, HEAD',
    })
  }
  if (path === '/metrics') {
    return {
      status: 200,
      contentType: METRICS_CONTENT_TYPE,
      body: await sources.metrics(),
      headers: NO_STORE,
    }
  }
  return answerJson(request, apiBackends(sources.views()))
}

export function apiBackends(views: readonly BackendView[]): ApiBackend[] {
  const names = [...new Set(views.map(({ backend }) => backend))]
  return names.flatMap((name) => {
    const own = views.filter(({ backend }) => backend === name)
    const [first] = own
    if (first === undefined) return []
    const state = bestState(own.map((view) => view.state))
    return [
      {
        name,
        runtime: first.runtime,
        path: `/backends/${name}`,
        state,
        is_serving: isServingState(state),
        replicas: own.map(replicaOf),
      },
    ]
  })
}

const BACKENDS_PATH = /^\/api\/backends(?:\/([^/]+))?\/?$/

function answerJson({ path, ifNoneMatch }: ApiRequest, backends: ApiBackend[]): ApiReply {
  const match = BACKENDS_PATH.exec(path)
  if (match === null) {
    return failure(404, `there is no ${path}; use /api/backends or /api/backends/<name>`)
  }
  const [, name] = match
  if (name === undefined) {
    return success({ backends } satisfies z.infer<typeof apiBackendsSchema>, ifNoneMatch)
  }
  const found = backends.find((backend) => backend.name === name)
  if (found !== undefined) return success(found, ifNoneMatch)
  const known = backends.map((backend) => backend.name).join(', ') || 'none is configured'
  return failure(404, `there is no backend "${name.slice(0, 100)}"; known: ${known}`)
}

const NO_STORE = { 'cache-control': 'no-store' }

/** `no-cache` lets a client cache the response and revalidate it each time. */
function success(value: object, ifNoneMatch: string | null): ApiReply {
  const body = `${JSON.stringify(value)}\n`
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
  const headers = { etag, 'cache-control': 'private, no-cache' }
  const isHeld =
    ifNoneMatch !== null && tagsOf(ifNoneMatch).some((tag) => tag === etag || tag === '*')
  return {
    status: isHeld ? 304 : 200,
    contentType: JSON_TYPE,
    body: isHeld ? '' : body,
    headers,
  }
}

/** RFC 9110, 13.1.2: a list with weak comparison; our tags contain no comma. */
const tagsOf = (header: string) => header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))

function failure(status: number, error: string, headers: Record<string, string> = {}): ApiReply {
  const value: z.infer<typeof apiErrorSchema> = { error }
  return {
    status,
    contentType: JSON_TYPE,
    body: `${JSON.stringify(value)}\n`,
    headers: { ...NO_STORE, ...headers },
  }
}

/** Strips the fields that only the panel uses, which may change with it. */
const replicaOf = (view: BackendView): ApiReplica =>
  apiReplicaSchema.parse({ ...view, id: view.name })
