/** Who may see the panel and use the ControlApi: a token once, then a cookie. Programs send the token as a Bearer token. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { bearerOf, isSameSecret } from '../../sockets/token.ts'

/** The page whose address is printed with the token. No other path takes one from its address. */
const PANEL_PATH = '/'

export class Access {
  /** Printed with the panel's address. */
  readonly token: string
  /** A value of its own: whoever reads a cookie does not learn the token. */
  private readonly session = randomBytes(24).toString('base64url')
  private readonly cookieName: string

  /** Cookies know no ports: two panels on one machine need two names. */
  constructor(port: number, token = randomBytes(24).toString('base64url')) {
    this.cookieName = `switchyard_${port}`
    this.token = token
  }

  /** True for `Authorization: Bearer`, a valid cookie or, on the page of the panel, `?token=`. */
  isGranted(request: IncomingMessage): boolean {
    return (
      isSameSecret(bearerOf(request), this.token) ||
      isSameSecret(this.cookieOf(request), this.session) ||
      isSameSecret(tokenInAddress(request), this.token)
    )
  }

  /** Whether a token came at all; for a request that was not granted, a wrong one. An old cookie is none. */
  hasToken(request: IncomingMessage): boolean {
    return bearerOf(request) !== undefined || tokenInAddress(request) !== undefined
  }

  /** The `Set-Cookie` value that answers a right `?token=`; null when the address has none. */
  cookieFor(request: IncomingMessage): string | null {
    if (!isSameSecret(tokenInAddress(request), this.token)) return null
    return `${this.cookieName}=${this.session}; Path=/; HttpOnly; SameSite=Strict`
  }

  private cookieOf(request: IncomingMessage): string | undefined {
    return (request.headers.cookie ?? '')
      .split(/;\s*/)
      .find((pair) => pair.startsWith(`${this.cookieName}=`))
      ?.slice(this.cookieName.length + 1)
  }
}

/** Of page requests only: a program that opens a WebSocket can send a header, which no log of a proxy holds. */
function tokenInAddress({ url = '/', headers }: IncomingMessage): string | undefined {
  const [path, query = ''] = url.split('?')
  if (path !== PANEL_PATH || headers.upgrade !== undefined) return undefined
  return new URLSearchParams(query).get('token') ?? undefined
}
