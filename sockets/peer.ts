/** Who is at the other end of a connection: a program of this machine, or which other address. */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { isLoopbackHost } from '../protocol/origin.ts'

/** What proxies add to the requests that they pass on. A program that talks to us directly sends none of them. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/**
 * Whether the request was made on this machine. One that a proxy of this machine passed on was not, if the proxy says so in a
 * header; if it does not, the request cannot be told from a local one.
 */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  return (
    isLoopbackHost(socket.remoteAddress ?? '') &&
    PROXY_HEADERS.every((name) => headers[name] === undefined)
  )
}

/**
 * What counts as one address. An IPv6 host may choose among the 2^64 addresses of its network
 * (https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4), so it is the network; `::ffff:10.0.0.1` is `10.0.0.1`.
 */
export function addressKey(remoteAddress: string): string {
  const [address = ''] = remoteAddress.split('%')
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const tailLength = tail === undefined || tail === '' ? 0 : tail.split(':').length
  while (tail !== undefined && groups.length < 8 - tailLength) groups.push('0')
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
