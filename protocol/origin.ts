/** Which HTTP requests and upgrades a loopback port accepts. Keeps web pages and DNS rebinding away from every port. */

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Why a request must be refused, or null when it may pass.
 *
 * A program sends no Origin and passes. A browser always sends one on an upgrade: it must be a page of this very port
 * (same host and port) or of another loopback port. The Host must be a loopback name or one of `allowedHosts` (the name that
 * the server was told to listen on), since a rebound DNS name arrives as a foreign Host.
 */
export function refusalOf(
  headers: { host?: string | undefined; origin?: string | undefined },
  allowedHosts: readonly string[] = [],
): string | null {
  const host = hostnameOf(`http://${headers.host ?? ''}`)
  if (host === null) return 'the Host header is missing or malformed'
  const isAllowed = (name: string) => LOOPBACK_NAMES.has(name) || allowedHosts.includes(name)
  if (!isAllowed(host)) {
    return `the Host "${host}" is not this machine; use 127.0.0.1 or localhost`
  }
  if (headers.origin === undefined) return null
  const origin = hostnameOf(headers.origin)
  if (origin === null || !isAllowed(origin)) {
    return `the page ${headers.origin} may not use this port; only pages of this machine may`
  }
  return null
}

function hostnameOf(url: string): string | null {
  try {
    const { hostname } = new URL(url)
    return hostname === '' ? null : hostname
  } catch {
    return null
  }
}
