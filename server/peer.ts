/** Whether the other end of a connection is local, and its address. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { isLoopbackHost } from '../protocol/origin.ts'

/**
 * Headers that proxies, load balancers and tunnels add, by family: a list of full names would miss the next product. Programs and
 * browsers that connect directly send none of them.
 */
const PROXY_HEADERS = [
  /^forwarded$/,
  /^via$/,
  /^x-(?:forwarded|original|real|envoy|amzn|amz-cf|arr|azure|appengine|google|cloud-trace|vercel|nf|render|railway|tailscale|ngrok|cf)(?:-|$)/,
  // The client's address: true-client-ip, x-cluster-client-ip, cf-connecting-ip, x-azure-clientip, x-remote-addr, ...
  /-(?:client|user|socket)?ip(?:s|v4|v6)?$/,
  /(?:^|-)(?:client|connecting|remote|peer|source|originating)-?(?:host|addr|address|port|user)$/,
  /^(?:cf|cdn|cloudfront|fastly|akamai|fly|ngrok|tailscale|do|heroku|ali|incap)-/,
]

/**
 * Whether the request was made on this machine. A local proxy also connects from a loopback address, but is recognised by its
 * headers. A proxy that adds none of them cannot be distinguished from a local client.
 */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  return isLoopbackHost(socket.remoteAddress ?? '') && !isProxied(headers)
}

const isProxied = (headers: IncomingHttpHeaders) =>
  Object.keys(headers).some((name) => PROXY_HEADERS.some((family) => family.test(name)))

/**
 * The address that limits apply to. An IPv6 host may choose among the 2^64 addresses of its network
 * (https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4), so the network is used; `::ffff:10.0.0.1` is `10.0.0.1`.
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
