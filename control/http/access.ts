/**
 * Access to the panel and the ControlApi. Three secrets:
 * - The token: for programs, in a header, and in the address printed in the terminal.
 * - A one-time code: in the address that a browser is started with, which every user of the machine can read.
 * - The key: what a page receives for either and stores for its origin. Not a cookie: browsers send cookies to every
 * port of a host.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isSameSecret, secretOf } from '../../server/token.ts'

/** A cold browser start on a slow disk takes about 20 s. */
const CODE_MS_MAX = 60_000
/** Pending codes; a further one replaces the oldest. */
const CODES_MAX = 8

export class Access {
  private readonly now: () => number
  private current: { token: string; key: string }
  private readonly codes = new Map<string, number>()

  constructor(token: string, now: () => number) {
    this.now = now
    this.current = { token, key: keyOf(token) }
  }

  get token(): string {
    return this.current.token
  }

  get key(): string {
    return this.current.key
  }

  /** Replaces the token and invalidates all keys and codes. */
  adopt(token: string): void {
    this.current = { token, key: keyOf(token) }
    this.codes.clear()
  }

  /** For the address of one browser start. */
  createCode(): string {
    const code = randomBytes(24).toString('base64url')
    const [oldest] = this.codes.keys()
    if (this.codes.size >= CODES_MAX && oldest !== undefined) this.codes.delete(oldest)
    this.codes.set(code, this.now() + CODE_MS_MAX)
    return code
  }

  isGranted(request: IncomingMessage): boolean {
    return this.isLasting(secretOf(request))
  }

  isRedeemable(request: IncomingMessage): boolean {
    const secret = secretOf(request)
    return this.isLasting(secret) || this.codeOf(secret) !== undefined
  }

  /** The key for a request with the token, the key, or a code, which is used up; else null. */
  keyFor(request: IncomingMessage): string | null {
    if (!this.isRedeemable(request)) return null
    const code = this.codeOf(secretOf(request))
    if (code !== undefined) this.codes.delete(code)
    return this.current.key
  }

  private isLasting(secret: string | undefined): boolean {
    return isSameSecret(secret, this.current.token) || isSameSecret(secret, this.current.key)
  }

  private codeOf(secret: string | undefined): string | undefined {
    for (const [code, expiresAt] of this.codes) if (expiresAt <= this.now()) this.codes.delete(code)
    return [...this.codes.keys()].find((code) => isSameSecret(secret, code))
  }
}

/** Stable across restarts, so that open pages reconnect; the token cannot be derived from it. */
const keyOf = (token: string) =>
  createHmac('sha256', token).update('switchyard panel key').digest('base64url')
