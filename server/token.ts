/** The token for remote clients: where it comes from, how it is sent and compared. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '../protocol/origin.ts'
import { isLocal } from './peer.ts'

/** The environment of a process is readable by its user only; its arguments by everyone on the machine. */
export const TOKEN_VARIABLE = 'SWITCHYARD_TOKEN'

/** The letters of a Bearer token (https://www.rfc-editor.org/rfc/rfc6750#section-2.1). 16 of base64 are 96 bits. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/
const MAKE_ONE = `node -p "crypto.randomBytes(24).toString('base64url')"`

export const isToken = (text: string) => TOKEN.test(text)

/** The token of the environment, null when there is none. Throws, without naming the value, when it is not a valid token. */
export function readToken(env: NodeJS.ProcessEnv): string | null {
  const token = env[TOKEN_VARIABLE] ?? ''
  if (token === '') return null
  if (isToken(token)) return token
  throw new Error(
    `${TOKEN_VARIABLE} has ${token.length} characters; it needs 16 to 512 of A-Z a-z 0-9 . _ ~ + / - and may end in =. Generate one with: ${MAKE_ONE}`,
  )
}

/** Why a port must not be opened on `host` with this token; null when it may be. */
export function faultOfOpening(host: string, token: string | null): string | null {
  if (token !== null || isLoopbackHost(host)) return null
  return (
    `host "${host}" is reachable from other machines, which requires a token. Set the environment variable ` +
    `${TOKEN_VARIABLE} (generate one with: ${MAKE_ONE}), or listen on 127.0.0.1`
  )
}

export const bearerOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]

/** Pages cannot set headers on a WebSocket: they offer the secret as a second subprotocol, `switchyard.key.SECRET`. */
export const SECRET_PROTOCOL = 'switchyard.key.'

export const offeredSecretOf = ({ headers }: IncomingMessage): string | undefined =>
  (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((offered) => offered.trim())
    .find((offered) => offered.startsWith(SECRET_PROTOCOL))
    ?.slice(SECRET_PROTOCOL.length)

export const secretOf = (request: IncomingMessage): string | undefined =>
  bearerOf(request) ?? offeredSecretOf(request)

export const bearerHeaders = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` }

/** Constant time: the hashes are compared. */
export function isSameSecret(given: string | undefined, right: string): boolean {
  if (given === undefined) return false
  return timingSafeEqual(sha256(given), sha256(right))
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()

export interface Refusal {
  status: number
  reason: string
  /** The token was wrong: the response is delayed, longer each time. */
  isWrongToken?: boolean
}

/** Local programs pass. Remote clients need the token; without a token they are refused. */
export function refusalOfPeer(request: IncomingMessage, token: string | null): Refusal | null {
  if (isLocal(request)) return null
  if (token === null) {
    return { status: 403, reason: 'this port accepts requests from its own machine only' }
  }
  const given = secretOf(request)
  if (isSameSecret(given, token)) return null
  return {
    status: 401,
    reason: 'send the token of this backend: Authorization: Bearer <token>',
    isWrongToken: given !== undefined,
  }
}
