import { isIPv6 } from 'node:net'

/** Normalizes: `::ffff:127.0.0.1` becomes `127.0.0.1`, a zone (`%eth0`) is dropped, `*` is kept. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%')
  if (!isIPv6(bare)) return bare
  // The URL parser shortens an IPv6 address by RFC 5952.
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
  if (mapped === null) return short
  const [high, low] = [mapped[1], mapped[2]].map((word) => Number.parseInt(word ?? '', 16))
  return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.')
}

/** Whether a socket on `held` can block `wanted`. lsof shows `*` for all addresses. */
export function isInTheWay(held: string, wanted: string): boolean {
  const [one, other] = [plainAddress(held), plainAddress(wanted)]
  if (one === other || one === '*') return true
  // `::` usually accepts IPv4 connections too; no table shows whether it does.
  if (one === '::' || other === '::') return true
  if (one === '0.0.0.0' || other === '0.0.0.0') return !(isIPv6(one) || isIPv6(other))
  return false
}

/** Conflicting listeners, or without any the conflicting connections; the same address first. */
export function socketsInTheWay<T extends { address: string; port: number; isListening: boolean }>(
  sockets: readonly T[],
  wanted: { address: string; port: number },
): T[] {
  const inTheWay = sockets.filter(
    ({ address, port }) => port === wanted.port && isInTheWay(address, wanted.address),
  )
  const listeners = inTheWay.filter(({ isListening }) => isListening)
  const isSame = ({ address }: T) =>
    plainAddress(address) === plainAddress(wanted.address) ? 0 : 1
  return (listeners.length > 0 ? listeners : inTheWay).sort((a, b) => isSame(a) - isSame(b))
}
