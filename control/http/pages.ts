/** HTTP pages of the main port besides the panel's files: the read-only API and downloads. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { ControlError } from '../../protocol/errors.ts'
import { logExportSchema } from '../../protocol/logs.ts'
import { answerText } from '../../server/http_answers.ts'
import { exportBundle } from '../crash/export_bundle.ts'
import { answerApi } from './api.ts'
import type { ControlTarget } from '../api/control_target.ts'

/** False for an unknown path. Rejects when a source fails. */
export type AnswerPage = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<boolean>

/** Local programs may read these without a token, as they may request inference. */
export const isApiPath = (path: string) =>
  path === '/metrics' || /^\/api(\/|$)/.test(path) || READY_PATH.test(path)

const READY_PATH = /^(?:\/backends\/([^/]+))?\/health\/ready$/

export function createPages(target: ControlTarget): AnswerPage {
  return async (request, response, path) => {
    const ready = READY_PATH.exec(path)
    if (ready !== null) {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
      sendReadiness(target, response, ready[1] ?? searchParams.get('backend'))
      return true
    }
    const reply = await answerApi(
      {
        method: request.method ?? 'GET',
        path,
        ifNoneMatch: request.headers['if-none-match'] ?? null,
      },
      {
        views: () => target.snapshot().backends,
        metrics: () => target.gateway.metricsPage((id) => target.telemetry.isMeasuredByGateway(id)),
      },
    )
    if (reply !== null) {
      const { status, contentType, headers, body } = reply
      response.writeHead(status, { 'content-type': contentType, ...headers })
      response.end(body)
      return true
    }
    const crash = /^\/download\/crashes\/([\w-]{1,128})\.zip$/.exec(path)?.[1]
    if (crash !== undefined) await sendCrash(target, crash, response)
    else if (path === '/download/logs') await sendLogs(target, request, response)
    else return false
    return true
  }
}

function sendReadiness(
  { gateway }: ControlTarget,
  response: ServerResponse,
  name: string | null,
): void {
  const readiness = gateway.readinessOf(name)
  if (readiness === null) {
    answerText(response, 404, `there is no backend "${name}"; omit it for all`)
    return
  }
  response.writeHead(readiness.is_ready ? 200 : 503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(`${JSON.stringify(readiness)}\n`)
}

async function sendCrash(
  { crashes }: ControlTarget,
  id: string,
  response: ServerResponse,
): Promise<void> {
  const card = await crashes.get(id)
  if (card === null) {
    answerText(response, 404, `there is no crash card "${id}"`)
    return
  }
  const { fileName, bytes } = exportBundle(card)
  response.writeHead(200, attachment(fileName, 'application/zip'))
  response.end(bytes)
}

/** `?format=jsonl|text&scope=run|all&query=<JSON of a log query>` */
async function sendLogs(
  { logs }: ControlTarget,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const parsed = logExportSchema.safeParse({
    format: searchParams.get('format') ?? 'text',
    scope: searchParams.get('scope') ?? 'run',
    query: jsonOf(searchParams.get('query') ?? '{}'),
  })
  if (!parsed.success) {
    answerText(response, 400, `invalid query: ${parsed.error.issues[0]?.message ?? ''}`)
    return
  }
  const { query, format, scope } = parsed.data
  try {
    const lines = logs.export(query, format, scope)
    const isText = format === 'text'
    const type = isText ? 'text/plain; charset=utf-8' : 'application/x-ndjson'
    response.writeHead(200, attachment(isText ? 'switchyard.log' : 'switchyard.jsonl', type))
    await pipeline(lines, response)
  } catch (error) {
    // After the headers, an aborted download is the only error signal.
    if (response.headersSent) response.destroy()
    else if (error instanceof ControlError) answerText(response, 400, error.message)
    else throw error
  }
}

const attachment = (fileName: string, type: string) => ({
  'content-type': type,
  'content-disposition': `attachment; filename="${fileName}"`,
  'cache-control': 'no-store',
})

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
