/** Which HTTP requests and upgrades a port accepts. Blocks foreign web pages and DNS rebinding. */

export interface OriginRule {
  /** The listening host: a name or an address, IPv6 with or without brackets. */
  allowedHosts?: readonly string[]
  /** Only pages from this port may connect (the control socket, whose cookie other local ports would send too). */
  sameOriginOnly?: boolean
  /** Additional names of the server: `ai.example.com`, `*.example.com`, `.local`. See `readAllowed`. */
  allowedNames?: readonly string[]
  /** Origins that may use everything except `sameOriginOnly`: `app://switchyard`, `vscode-webview://*`, `null`. */
  ownOrigins?: readonly string[]
  /** Names and origins can be allowed by an option, which the error then names. */
  isConfigurable?: boolean
  /** The request carries a secret, or is public: a rebound name gains nothing. */
  anyHost?: boolean
  /** Any page may link here (the panel, whose address users share). */
  allowsLinks?: boolean
}

export interface OriginHeaders {
  host?: string | undefined
  origin?: string | undefined
  forwarded?: string | undefined
  'x-forwarded-proto'?: string | string[] | undefined
  'sec-fetch-site'?: string | undefined
  'sec-fetch-mode'?: string | undefined
  'sec-fetch-dest'?: string | undefined
}

/**
 * Why a request must be rejected; null if it may pass. The Host must be a loopback name or one of `allowedHosts`,
 * with any port; if one of these is not loopback, any IP address passes, since a rebound name arrives as a name.
 * Programs send no Origin and pass. Browsers always send one on an upgrade; it must be this port's page or, unless
 * `sameOriginOnly`, a page of another local port. For browser requests without Origin, Sec-Fetch-Site decides:
 * https://www.w3.org/TR/fetch-metadata/
 */
export function refusalOf(headers: OriginHeaders, rule: OriginRule = {}): string | null {
  const { allowedHosts = [], allowedNames = [], sameOriginOnly = false, ownOrigins = [] } = rule
  const host = authorityOf(headers.host ?? '')
  if (host === null) return 'the Host header is missing or malformed'
  const allowed = allowedHosts.map(hostnameOf)
  const isOurs = (name: string) =>
    isLoopbackName(name) || allowed.includes(name) || allowedNames.some((one) => isNamed(name, one))
  const isWide = allowed.some((name) => name === null || !isLoopbackName(name))
  if (rule.anyHost !== true && !isOurs(host.name) && !(isWide && isAddress(host.name))) {
    const others = isWide ? 'its IP address, 127.0.0.1 or localhost' : '127.0.0.1 or localhost'
    const option = rule.isConfigurable === true ? `, ${howToAllow('host', host.name)}` : ''
    return `the Host "${host.name}" is not what this port listens on; use ${others}${option}`
  }
  if (headers.origin === undefined) return refusalOfSilentPage(headers, rule)
  if (!sameOriginOnly && isAllowedOrigin(headers.origin, ownOrigins)) return null
  const origin = originOf(headers.origin)
  if (isSameOrigin(origin, headers)) return null
  if (!sameOriginOnly && origin !== null && isOurs(origin.name)) return null
  const page = shortened(headers.origin)
  if (rule.isConfigurable !== true) return `the page ${page} may not use this port`
  return sameOriginOnly
    ? `the page ${page} may not use this port without its key; open the panel with the address that Switchyard printed`
    : `the page ${page} may not use this port; ${howToAllow('origin', page)}`
}

export const isAllowedOrigin = (origin: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => {
    const [, scheme = '', rest = ''] = /^([^:]+:\/\/)\*(.*)$/.exec(one) ?? []
    if (scheme === '') return origin === one
    const isLonger = origin.length > scheme.length + rest.length
    return isLonger && origin.startsWith(scheme) && origin.endsWith(rest)
  })

export type AllowedKind = 'host' | 'origin'

/** Comma-separated environment variables, for the desktop app, which has no options. */
export const ALLOWED_VARIABLES = {
  host: 'SWITCHYARD_ALLOWED_HOSTS',
  origin: 'SWITCHYARD_ALLOWED_ORIGINS',
} as const satisfies Record<AllowedKind, string>

const howToAllow = (kind: AllowedKind, value: string) =>
  `send the token, or start Switchyard with --allow-${kind} ${value} (in the environment: ${ALLOWED_VARIABLES[kind]}=${value})`

/** Normalizes allowed values. Throws with the value and the remedy. */
export function readAllowed(kind: AllowedKind, texts: readonly string[]): string[] {
  return texts
    .map((text) => text.trim().toLowerCase())
    .filter((text) => text !== '')
    .map((text) => {
      const fault = kind === 'host' ? faultOfName(text) : faultOfOrigin(text)
      if (fault === null) return text
      throw new Error(`--allow-${kind} "${shortened(text)}" ${fault}.`)
    })
}

function faultOfName(text: string): string | null {
  if (text === '*' || text === '.') {
    return 'would allow every name, and with it every web page; name hosts, such as ai.example.com, *.example.com or .local'
  }
  // Brackets and port are optional; any port matches.
  const name = hostnameOf(text.replace(/^\*?\./, ''))
  return name !== null && !/^(?:[^:]*|\[.*\]):\d+$/.test(text)
    ? null
    : 'is not a host name; use one without scheme and port, such as ai.example.com, *.example.com or .local'
}

function faultOfOrigin(text: string): string | null {
  if (/^https?:\/\/\*$/.test(text) || text === '*') {
    return 'would allow every web page; name origins, such as https://app.example.com or https://*.example.com'
  }
  if (text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/(?:\*|(?:\*\.)?[^\s/?#@*]+)$/.test(text))
    return null
  return 'is not an origin; use scheme and host without a path, such as https://app.example.com, vscode-webview://* or null'
}

/** `*.example.com` and `.example.com` match all names below, but not `example.com`. */
function isNamed(name: string, pattern: string): boolean {
  const suffix = /^\*?(\..+)$/.exec(pattern)?.[1]
  if (suffix === undefined) return name === hostnameOf(pattern)
  return name.length > suffix.length && name.endsWith(suffix)
}

/** True if a listening host or peer address is loopback. A port may follow. */
export function isLoopbackHost(host: string): boolean {
  const name = hostnameOf(host)
  return name !== null && isLoopbackName(name)
}

/** Browser requests without an Origin header. Programs send no Sec-Fetch headers. */
function refusalOfSilentPage(headers: OriginHeaders, { allowsLinks = false }: OriginRule) {
  const site = headers['sec-fetch-site'] ?? 'none'
  if (site === 'none' || site === 'same-origin') return null
  const isLink =
    headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return allowsLinks && isLink ? null : `a page of another origin (${shortened(site)}) asked for it`
}

const isLoopbackName = (name: string) =>
  name === 'localhost' ||
  name === '[::1]' ||
  /^127(\.\d+){3}$/.test(name) ||
  // 127.0.0.0/8 as an IPv4-mapped IPv6 address.
  /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(name)

const isAddress = (name: string) => /^\d+(\.\d+){3}$/.test(name) || name.startsWith('[')

/** True if the page's scheme, name and port match the request. */
function isSameOrigin(origin: Origin | null, headers: OriginHeaders): boolean {
  const scheme = schemeOf(headers)
  const own = authorityOf(headers.host ?? '', scheme)
  return origin?.scheme === scheme && origin.name === own?.name && origin.port === own.port
}

/**
 * The client's scheme: https behind a TLS proxy. Pages cannot set these headers on a WebSocket, nor cross-origin
 * without a preflight, which is rejected.
 */
function schemeOf(headers: OriginHeaders): 'http' | 'https' {
  const forwarded =
    headers['x-forwarded-proto'] ?? /(?:^|[;,\s])proto="?(\w+)/i.exec(headers.forwarded ?? '')?.[1]
  const [client = ''] = (forwarded ?? '').toString().split(',')
  return /^(?:https|wss)$/i.test(client.trim()) ? 'https' : 'http'
}

interface Authority {
  /** Lower case, without a trailing dot; IPv6 in brackets and in its shortest form. */
  name: string
  /** Empty for the scheme's default. */
  port: string
}

interface Origin extends Authority {
  scheme: string
}

/** Name or address with optional port. The URL parser alone would silently drop userinfo, path and line breaks. */
const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i

function authorityOf(text: string, scheme = 'http'): Authority | null {
  if (!AUTHORITY.test(text)) return null
  try {
    const { hostname, port } = new URL(`${scheme}://${text}`)
    const name = hostname.replace(/\.$/, '')
    return name === '' ? null : { name, port }
  } catch {
    // A port above 65535, or an address part above 255.
    return null
  }
}

/** Null for `null`, the origin of sandboxed pages and files, and for non-web schemes. */
function originOf(text: string): Origin | null {
  const [, scheme = 'http', authority = ''] = /^(https?):\/\/(.+)$/.exec(text) ?? []
  const found = authorityOf(authority, scheme)
  return found === null ? null : { scheme, ...found }
}

function hostnameOf(host: string): string | null {
  const isBareIPv6 = host.split(':').length > 2 && !host.startsWith('[')
  return authorityOf(isBareIPv6 ? `[${host}]` : host)?.name ?? null
}

/** Bounds untrusted text in replies and logs. */
const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
