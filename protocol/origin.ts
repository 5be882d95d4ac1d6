/** Which HTTP requests and upgrades a Switchyard port accepts. Blocks web pages and DNS rebinding. */

export interface OriginRule {
  /** The host that the server listens on: a name or an address, IPv6 with or without brackets. */
  allowedHosts?: readonly string[]
  /** Only pages that this very port served may connect (the control socket, whose cookie other local ports would send too). */
  sameOriginOnly?: boolean
  /** Names by which clients reach the server beside that: `ai.example.com`, `*.example.com`, `.local`. See `readAllowed`. */
  allowedNames?: readonly string[]
  /** Pages of these origins may use what is not `sameOriginOnly`: `app://switchyard`, `vscode-webview://*`, `null`. */
  ownOrigins?: readonly string[]
  /** Whether names and origins can be allowed by an option, which a refusal then names. */
  isConfigurable?: boolean
  /** The request proves itself by a secret, or asks for what everybody may have: a name that was rebound leads to nothing. */
  anyHost?: boolean
  /** A link on any page may open this one in a tab (the panel, whose address people pass on); nothing else may lead here. */
  allowsLinks?: boolean
}

/** The headers that decide; as Node gives them, in lower case. */
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
 * Why a request must be refused, or null when it may pass.
 *
 * The Host must be a loopback name or one of `allowedHosts`, with any port; where one of these is not loopback, any IP address
 * passes too, since a rebound DNS name arrives as a name. A program sends no Origin and passes. A browser always sends one on an
 * upgrade; it must be this very port's page or, unless `sameOriginOnly`, a page of another port of this machine. On requests
 * that a browser sends without an Origin (`<img>`, a link) Sec-Fetch-Site names the relation to the page:
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

/** Whether a page's origin is one of `allowed`, or of a scheme or domain that is. */
export const isAllowedOrigin = (origin: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => {
    const [, scheme = '', rest = ''] = /^([^:]+:\/\/)\*(.*)$/.exec(one) ?? []
    if (scheme === '') return origin === one
    const isLonger = origin.length > scheme.length + rest.length
    return isLonger && origin.startsWith(scheme) && origin.endsWith(rest)
  })

export type AllowedKind = 'host' | 'origin'

/** The environment variables of what may be allowed, with commas between; for the desktop app, which has no options. */
export const ALLOWED_VARIABLES = {
  host: 'SWITCHYARD_ALLOWED_HOSTS',
  origin: 'SWITCHYARD_ALLOWED_ORIGINS',
} as const satisfies Record<AllowedKind, string>

const howToAllow = (kind: AllowedKind, value: string) =>
  `send the token, or start Switchyard with --allow-${kind} ${value} (in the environment: ${ALLOWED_VARIABLES[kind]}=${value})`

/** What may be allowed, in the form that is compared. Throws with the value and the remedy. */
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
  // An address needs no brackets here, and no port: each port counts.
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

/** `*.example.com` and `.example.com` are all names below, and not `example.com` itself. */
function isNamed(name: string, pattern: string): boolean {
  const suffix = /^\*?(\..+)$/.exec(pattern)?.[1]
  if (suffix === undefined) return name === hostnameOf(pattern)
  return name.length > suffix.length && name.endsWith(suffix)
}

/** Whether a host to listen on, or the address of a peer, is this machine's own and reached by no other. A port may follow. */
export function isLoopbackHost(host: string): boolean {
  const name = hostnameOf(host)
  return name !== null && isLoopbackName(name)
}

/** Requests that a browser sends without an Origin header. Programs send no Sec-Fetch headers. */
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

/** Whether the page was loaded from the very address that it asks now: same scheme, name and port. */
function isSameOrigin(origin: Origin | null, headers: OriginHeaders): boolean {
  const scheme = schemeOf(headers)
  const own = authorityOf(headers.host ?? '', scheme)
  return origin?.scheme === scheme && origin.name === own?.name && origin.port === own.port
}

/**
 * How the client reached this port, which itself speaks plain HTTP: by https behind a TLS proxy. No page can set these
 * headers on a WebSocket, nor on a request to another origin without a preflight, which is refused.
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
  /** Empty for the default of the scheme. */
  port: string
}

interface Origin extends Authority {
  scheme: string
}

/** A name or an address, and perhaps a port. The URL parser alone would drop userinfo, path and line breaks silently. */
const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i

function authorityOf(text: string, scheme = 'http'): Authority | null {
  if (!AUTHORITY.test(text)) return null
  try {
    const { hostname, port } = new URL(`${scheme}://${text}`)
    const name = hostname.replace(/\.$/, '')
    return name === '' ? null : { name, port }
  } catch {
    // A port over 65535, an address with a part over 255.
    return null
  }
}

/** Null for `null`, the origin of sandboxed pages and of files, and for schemes that are not the web's. */
function originOf(text: string): Origin | null {
  const [, scheme = 'http', authority = ''] = /^(https?):\/\/(.+)$/.exec(text) ?? []
  const found = authorityOf(authority, scheme)
  return found === null ? null : { scheme, ...found }
}

function hostnameOf(host: string): string | null {
  const isBareIPv6 = host.split(':').length > 2 && !host.startsWith('[')
  return authorityOf(isBareIPv6 ? `[${host}]` : host)?.name ?? null
}

/** What a stranger sent goes into answers and logs, in bounds. */
const shortened = (text: string) => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
