/** The secret that lets programs of other machines in: where it comes from, how it is sent, how it is compared. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../protocol/origin.ts'
import { isLocal } from './peer.ts'

/** The environment of a process is read by its own user only; its arguments by everybody on the machine. */
export const TOKEN_VARIABLE = 'SWITCHYARD_TOKEN'

/** The letters of a Bearer token (https://www.rfc-editor.org/rfc/rfc6750#section-2.1). 16 of base64 are 96 bits. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/
const MAKE_ONE = `node -p "crypto.randomBytes(24).toString('base64url')"`

export const isToken = (text: string) => TOKEN.test(text)

/** The token of the environment, null when there is none. Throws, without naming the value, when it is no good token. */
export function readToken(env: NodeJS.ProcessEnv): string | null {
  const token = env[TOKEN_VARIABLE] ?? ''
  if (token === '') return null
  if (isToken(token)) return token
  throw new Error(
    `${TOKEN_VARIABLE} has ${token.length} characters; it needs 16 to 512 of A-Z a-z 0-9 . _ ~ + / - and may end in =. Make one with: ${MAKE_ONE}`,
  )
}

/** Why a port must not be opened on `host` with this token; null when it may. */
export function faultOfOpening(host: string, token: string | null): string | null {
  if (token !== null || isLoopbackHost(host)) return null
  return (
    `host "${host}" lets other machines reach this port, and that needs a token: set the environment variable ` +
    `${TOKEN_VARIABLE} (make one with: ${MAKE_ONE}), or listen on 127.0.0.1`
  )
}

/** The token of `Authorization: Bearer`, or undefined. */
export const bearerOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]

/**
 * A page cannot set headers on a WebSocket; it offers its secret as a subprotocol beside the real one
 * (`new WebSocket(url, ['switchyard', 'switchyard.key.SECRET'])`).
 */
export const SECRET_PROTOCOL = 'switchyard.key.'

/** The secret that a page offers with a handshake, or undefined. */
export const offeredSecretOf = ({ headers }: IncomingMessage): string | undefined =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((offered) => offered.trim())
    .find((offered) => offered.startsWith(SECRET_PROTOCOL))
    ?.slice(SECRET_PROTOCOL.length)

/** The secret that a request carries, by whichever way. */
export const secretOf = (request: IncomingMessage): string | undefined =>
  bearerOf(request) ?? offeredSecretOf(request)

/** The headers by which a program of ours comes in; none where the port demands no token. */
export const bearerHeaders = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` }

/** Takes the same time wherever, and at whatever length, the two differ: what is compared are their hashes. */
export function isSameSecret(given: string | undefined, right: string): boolean {
  if (given === undefined) return false
  return timingSafeEqual(sha256(given), sha256(right))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

export interface Refusal {
  /** HTTP status. */
  status: number
  reason: string
  /** A token came and was wrong: the answer is delayed, more so each time. */
  isWrongToken?: boolean
}

/** Programs of this machine pass; those of others need the token, and without one nobody else gets in. */
export function refusalOfPeer(request: IncomingMessage, token: string | null): Refusal | null {
  if (isLocal(request)) return null
  if (token === null) {
    return { status: 403, reason: 'this port takes only requests that are made on its machine' }
  }
  const given = secretOf(request)
  if (isSameSecret(given, token)) return null
  return {
    status: 401,
    reason: 'send the token of this backend: Authorization: Bearer <token>',
    isWrongToken: given !== undefined,
  }
}
