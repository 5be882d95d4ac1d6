/** Which HTTP requests and upgrades a port of ours accepts. Keeps web pages and DNS rebinding away from every one. */

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])

export interface OriginRule {
  /** Further names that the server was told to listen on. */
  allowedHosts?: readonly string[]
  /** Only pages that this very port served may connect (the control socket, whose cookie other local ports would send too). */
  sameOriginOnly?: boolean
}

/**
 * Why a request must be refused, or null when it may pass.
 *
 * The Host must be a loopback name, an allowed name or an IP address: a rebound DNS name arrives as a foreign name. A program
 * sends no Origin and passes. A browser always sends one on an upgrade; it must be this very port's page or, unless
 * `sameOriginOnly`, a page of another port of this machine.
 */
export function refusalOf(
  headers: { host?: string | undefined; origin?: string | undefined },
  { allowedHosts = [], sameOriginOnly = false }: OriginRule = {},
): string | null {
  const host = urlOf(`http://${headers.host ?? ''}`)
  if (host === null) return 'the Host header is missing or malformed'
  const isOurs = (name: string) => LOOPBACK_NAMES.has(name) || allowedHosts.includes(name)
  if (!isOurs(host.hostname) && !isAddress(host.hostname)) {
    return `the Host "${host.hostname}" is not this machine; use 127.0.0.1 or localhost`
  }
  if (headers.origin === undefined) return null
  const origin = urlOf(headers.origin)
  if (origin?.host === host.host) return null
  if (!sameOriginOnly && origin !== null && isOurs(origin.hostname)) return null
  return `the page ${headers.origin} may not use this port`
}

const isAddress = (hostname: string) => /^(\d+\.){3}\d+$/.test(hostname) || hostname.startsWith('[')

function urlOf(text: string): URL | null {
  try {
    const url = new URL(text)
    return url.hostname === '' ? null : url
  } catch {
    return null
  }
}
