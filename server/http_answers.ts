/** Common HTTP response headers, and responses to requests that never reach a page. */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** For ports that serve no pages: a browser that displays a response runs and loads nothing. */
export const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

/** https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  // Pages of other origins may not load a response, nor keep a reference to a tab they opened with one.
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

export function setSecurityHeaders(response: ServerResponse, contentPolicy: string): void {
  response.setHeader('content-security-policy', contentPolicy)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
}

/** Lets a page of an allowed origin read the response and send the token: https://fetch.spec.whatwg.org/#http-cors-protocol */
export function setSharingHeaders(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-methods', 'GET, HEAD')
  response.setHeader('access-control-allow-headers', 'authorization')
  // Chrome sends a preflight before a page from the internet reaches this machine.
  response.setHeader('access-control-allow-private-network', 'true')
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
  response.setHeader('vary', 'origin')
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...textHeaders(text), ...headersOf(status) })
  response.end(`${text}\n`)
}

/** For a refused upgrade. Destroys the connection without waiting for the peer to close its side. */
export function answerSocket(socket: Duplex, status: number, text: string): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const headers = {
    connection: 'close',
    ...textHeaders(text),
    'content-security-policy': NO_CONTENT_POLICY,
    ...SECURITY_HEADERS,
    ...headersOf(status),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines].join('\r\n')
  socket.end(`${head}\r\n\r\n${text}\n`, () => {
    socket.destroy()
  })
}

/** The response to what Node's parser rejected or timed out on; see the `clientError` event of `http.Server`. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const [status, text] = CLIENT_ERRORS[error.code ?? ''] ?? [400, 'not a valid HTTP request']
  answerSocket(socket, status, text)
}

export const METHOD_SENTENCE = 'this method is not allowed; use GET'

const CLIENT_ERRORS: Record<string, [status: number, text: string]> = {
  HPE_INVALID_METHOD: [405, METHOD_SENTENCE],
  HPE_HEADER_OVERFLOW: [431, 'the header lines are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the body is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request came too slowly'],
}

const textHeaders = (text: string) => ({
  'content-type': 'text/plain; charset=utf-8',
  'content-length': Buffer.byteLength(`${text}\n`),
  'cache-control': 'no-store',
})

/** Required by RFC 9110, sections 15.5.6, 11.6.1 and 15.6.4. */
const headersOf = (status: number): Record<string, string> => {
  if (status === 405) return { allow: 'GET, HEAD' }
  if (status === 401) return { 'www-authenticate': 'Bearer' }
  return status === 503 ? { 'retry-after': '10' } : {}
}
