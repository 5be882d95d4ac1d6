/** The pages of app://switchyard: the built panel, and the control plane's downloads. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { contentPolicy } from '../control/http/content_policy.ts'
import { APP_SCHEME } from '../protocol/desktop.ts'
import type { ElectronParts } from './parts.ts'
import { isOwnUrl } from './trust.ts'

export interface AppPagesOptions {
  panelDir: string
  /** `http://127.0.0.1:8765`, for downloads and for the pages' connections. */
  planeUrl: string
  token: () => string
  fetch: typeof globalThis.fetch
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
}
/** The only path of the control plane that pages may fetch. */
const DOWNLOAD = /^\/download\/[\w./-]+$/

/** Call before the app is ready. */
export function registerScheme(
  protocol: Pick<ElectronParts['protocol'], 'registerSchemesAsPrivileged'>,
) {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
    },
  ])
}

/** Only serves files that existed at the start; a path is never built from a request. */
export function createAppPages(options: AppPagesOptions): (request: Request) => Promise<Response> {
  const files = new Map(
    filesIn(options.panelDir).map((file) => [
      `/${path.relative(options.panelDir, file).split(path.sep).join('/')}`,
      file,
    ]),
  )
  const headers = {
    'content-security-policy': contentPolicy(
      `connect-src 'self' ws://${new URL(options.planeUrl).host}`,
      "frame-src 'none'",
    ),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
  const text = (status: number, body: string) =>
    new Response(body, { status, headers: { ...headers, 'content-type': 'text/plain' } })
  return async ({ url, method }) => {
    if (!isOwnUrl(url)) return text(403, 'not a page of this app')
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET and HEAD')
    const { pathname, search } = new URL(url)
    const file = files.get(pathname === '/' ? '/index.html' : pathname)
    if (file !== undefined) {
      const type = TYPES[path.extname(file)] ?? 'application/octet-stream'
      return new Response(new Uint8Array(readFileSync(file)), {
        headers: { ...headers, 'content-type': type },
      })
    }
    if (!DOWNLOAD.test(pathname) || pathname.includes('..')) return text(404, `no page ${pathname}`)
    const answer = await options.fetch(`${options.planeUrl}${pathname}${search}`, {
      headers: { authorization: `Bearer ${options.token()}` },
    })
    return new Response(answer.body, {
      status: answer.status,
      headers: { ...headers, ...downloadHeaders(answer.headers) },
    })
  }
}

/** Uses names and `stat` only: Electron's virtual file system lacks some of Node's options. */
function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name)
    return statSync(file).isDirectory() ? filesIn(file) : [file]
  })
}

function downloadHeaders(given: Headers): Record<string, string> {
  const kept = ['content-type', 'content-disposition', 'content-length']
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = given.get(name)
      return value === null ? [] : [[name, value] as const]
    }),
  )
}
