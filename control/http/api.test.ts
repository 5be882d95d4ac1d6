import { describe, expect, it } from 'vitest'
import { apiBackendSchema, apiBackendsSchema, apiErrorSchema } from '../../protocol/api.ts'
import type { BackendState, BackendView } from '../../protocol/control.ts'
import { answerApi, type ApiReply } from './api.ts'

const view = (backend: string, name: string, state: BackendState): BackendView => ({
  name,
  backend,
  runtime: 'builtin',
  host: 'localhost',
  port: 8768,
  state,
  since: 1,
  wanted: true,
  detail: null,
  retry_at: null,
  attempt: 0,
  max_attempts: 10,
  pid: 5,
  started_at: 1,
  provider: 'CPU',
  models: [],
  placements: [],
  warnings: [],
  precision: 'fp32',
  config_hash: '0a1b2c3d',
  image_size: null,
  descriptor: null,
  sessions: null,
  pong_ms: 1,
  missed_pongs: 0,
  silent_since: null,
  is_live: true,
  is_ready: true,
  last_stop: null,
  in_flight: 0,
  queue_depth: 0,
  queue_limit: 256,
  requests: 3,
  errors: 0,
  requests_per_s: null,
  latency_ms: null,
  rss_bytes: null,
  gpu_bytes: null,
  gpu_reason: 'runs on CPU',
})

const views = [
  view('emotion', 'emotion-1', 'backoff'),
  view('eeg', 'eeg', 'disabled'),
  view('emotion', 'emotion-2', 'ready'),
]

async function ask(path: string, method = 'GET', ifNoneMatch: string | null = null) {
  const reply = await answerApi(
    { method, path, ifNoneMatch },
    { views: () => views, metrics: async () => 'x 1\n' },
  )
  if (reply === null) throw new Error(`${path} is not of the API`)
  return reply
}
const json = ({ body }: ApiReply) => JSON.parse(body) as unknown

describe('/api/backends', () => {
  it('lists every backend with its replicas and the best of their states', async () => {
    const reply = await ask('/api/backends')
    expect(reply).toMatchObject({ status: 200, contentType: 'application/json; charset=utf-8' })
    const { backends } = apiBackendsSchema.parse(json(reply))
    expect(
      backends.map(({ name, state, is_serving, path, replicas }) => [
        name,
        state,
        is_serving,
        path,
        replicas.map(({ id }) => id),
      ]),
    ).toEqual([
      ['emotion', 'ready', true, '/backends/emotion', ['emotion-1', 'emotion-2']],
      ['eeg', 'disabled', false, '/backends/eeg', ['eeg']],
    ])
  })

  it('/<name> is one of them', async () => {
    const one = apiBackendSchema.parse(json(await ask('/api/backends/eeg')))
    expect(one.replicas[0]).toMatchObject({ id: 'eeg', gpu_bytes: null, gpu_reason: 'runs on CPU' })
  })

  it('returns nothing beyond its schema', async () => {
    const reply = await ask('/api/backends/eeg')
    expect(json(reply)).toEqual(apiBackendSchema.parse(json(reply)))
    expect(reply.body).not.toContain('placements')
  })

  it('answers 304 to the tag that it gave, and 200 when something has changed', async () => {
    const { headers } = await ask('/api/backends')
    const tag = headers.etag ?? ''
    expect(headers['cache-control']).toBe('private, no-cache')
    for (const held of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      expect(await ask('/api/backends', 'GET', held)).toMatchObject({ status: 304, body: '' })
    }
    expect(await ask('/api/backends', 'GET', '"other"')).toMatchObject({ status: 200 })
    expect((await ask('/api/backends/eeg')).headers.etag).not.toBe(tag)
  })
})

describe('refused', () => {
  it.each([
    ['/api/backends/nobody', 'GET', 404, 'there is no backend "nobody"; known: emotion, eeg'],
    ['/api/backends/emotion-1', 'GET', 404, 'there is no backend'],
    ['/api', 'GET', 404, 'there is no /api; use /api/backends'],
    ['/api/other', 'GET', 404, 'use /api/backends'],
    ['/api/backends', 'POST', 405, 'method POST is not allowed'],
    ['/api/backends/eeg', 'DELETE', 405, 'read only'],
    ['/metrics', 'PUT', 405, 'use GET'],
  ])('%s %s', async (path, method, status, sentence) => {
    const reply = await ask(path, method)
    expect(reply.status).toBe(status)
    expect(apiErrorSchema.parse(json(reply)).error).toContain(sentence)
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined)
  })

  it.each(['/', '/apiary', '/metrics/', '/index.html'])('%s is somebody else’s', async (path) => {
    const sources = { views: () => views, metrics: async () => '' }
    expect(await answerApi({ method: 'GET', path, ifNoneMatch: null }, sources)).toBeNull()
  })
})

describe('/metrics', () => {
  it('is the page, never kept', async () => {
    expect(await ask('/metrics', 'HEAD')).toEqual({
      status: 200,
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: 'x 1\n',
      headers: { 'cache-control': 'no-store' },
    })
  })
})
