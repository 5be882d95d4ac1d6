/** Who may see the panel and use the ControlApi: a token once, then a cookie. Compared in constant time. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export class Access {
  /** Printed with the panel's address. */
  readonly token = randomBytes(24).toString('base64url')
  /** A value of its own: whoever reads a cookie does not learn the token. */
  private readonly session = randomBytes(24).toString('base64url')
  private readonly cookieName: string

  /** Cookies know no ports: two panels on one machine need two names. */
  constructor(port: number) {
    this.cookieName = `switchyard_${port}`
  }

  /** True for `Authorization: Bearer`, a valid cookie or `?token=`. */
  isGranted(request: IncomingMessage): boolean {
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    return (
      same(bearer, this.token) ||
      same(this.cookieOf(request), this.session) ||
      same(tokenInUrl(request), this.token)
    )
  }

  /** The `Set-Cookie` value that answers a right `?token=`; null when the address has none. */
  cookieFor(request: IncomingMessage): string | null {
    if (!same(tokenInUrl(request), this.token)) return null
    return `${this.cookieName}=${this.session}; Path=/; HttpOnly; SameSite=Strict`
  }

  private cookieOf(request: IncomingMessage): string | undefined {
    return (request.headers.cookie ?? '')
      .split(/;\s*/)
      .find((pair) => pair.startsWith(`${this.cookieName}=`))
      ?.slice(this.cookieName.length + 1)
  }
}

function tokenInUrl(request: IncomingMessage): string | undefined {
  return new URL(request.url ?? '/', 'http://localhost').searchParams.get('token') ?? undefined
}

function same(given: string | undefined, right: string): boolean {
  if (given === undefined) return false
  const [left, other] = [Buffer.from(given), Buffer.from(right)]
  return left.length === other.length && timingSafeEqual(left, other)
}
