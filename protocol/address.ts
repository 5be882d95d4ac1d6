/** The address of a backend as people write it: `host` (a name or an IP address) and `host:port`. Both end up in a WebSocket URL. */
import { z } from 'zod'

export type ReadHost = { ok: true; host: string } | { ok: false; fault: string; remedy: string }

/**
 * A name, an IPv4 or an IPv6 address; brackets around IPv6 are dropped. What `new URL` refuses, or would read as another address than the
 * one in the file, is refused: a name ends with a number only when it is an IPv4 address (https://url.spec.whatwg.org/#host-parsing).
 */
export function readHost(text: string): ReadHost {
  const fault = faultOf(text)
  if (fault !== null) return { ok: false, ...fault }
  return { ok: true, host: text.replaceAll(/^\[|\]$/g, '') }
}

export type ReadAddress =
  { ok: true; host: string; port: number } | { ok: false; fault: string; remedy: string }

/** `gpu-box:8768`, `[::1]:8768`. The range of the port is not checked. */
export function readAddress(text: string): ReadAddress {
  const [, name, digits] = /^(.+):(\d{1,5})$/s.exec(text) ?? []
  if (name === undefined || digits === undefined) {
    const [host, port] = [hostWithin(text) ?? 'gpu-box', portWithin(text) ?? '8768']
    return {
      ok: false,
      fault: 'is not host:port',
      remedy: `write the host and the port, such as ${hostInUrl(host)}:${port}`,
    }
  }
  const isBareIPv6 = name.includes(':') && !name.startsWith('[') && canBeInUrl(`[${name}]`)
  if (isBareIPv6) {
    const fault = 'is an IPv6 address without brackets'
    return { ok: false, fault, remedy: `write [${name}]:${digits}` }
  }
  const read = readHost(name)
  if (read.ok) return { ...read, port: Number(digits) }
  const host = hostWithin(name)
  const remedy = host === null ? read.remedy : `write ${hostInUrl(host)}:${digits}`
  return { ok: false, fault: read.fault, remedy }
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/**
 * Where a program of this machine reaches what listens on `host`: a wildcard is not an address to connect to (Windows refuses it), so that
 * the loopback address takes its place.
 */
export function hostToReach(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return /^[0:]+$/.test(host) ? '::1' : host
}

export const webSocketUrl = (host: string, port: number): string =>
  `ws://${hostInUrl(hostToReach(host))}:${port}`

export const hostSchema = z
  .string()
  .overwrite((text) => {
    const read = readHost(text)
    return read.ok ? read.host : text
  })
  .superRefine((text, context) => {
    const read = readHost(text)
    if (!read.ok) addIssue(context, text, read)
  })

export const addressSchema = z.string().superRefine((text, context) => {
  const read = readAddress(text)
  if (!read.ok) addIssue(context, text, read)
})

function addIssue(
  context: z.RefinementCtx<string>,
  input: string,
  { fault, remedy }: { fault: string; remedy: string },
): void {
  context.addIssue({ code: 'custom', message: fault, params: { remedy }, input })
}

interface Fault {
  fault: string
  remedy: string
}

const EXAMPLES = 'a name or an IP address, such as localhost, 192.168.1.20 or ::1'

function faultOf(text: string): Fault | null {
  if (text === '') return { fault: 'is empty', remedy: `write ${EXAMPLES}` }
  if (text === '*') {
    return {
      fault: 'is not an address',
      remedy: 'write 0.0.0.0 to listen on every network, or the name of the machine',
    }
  }
  if (/^\[.*\]$/s.test(text)) return faultOfIPv6(text.slice(1, -1))
  const bare = hostWithin(text)
  if (bare !== null) return { fault: partTooMuch(text), remedy: `write only the host: ${bare}` }
  if (text.includes(':')) return faultOfIPv6(text)
  return faultOfName(text)
}

function faultOfIPv6(text: string): Fault | null {
  if (/^[0-9a-f:.]+%/i.test(text)) {
    return {
      fault: 'has a zone, which a WebSocket URL cannot contain',
      remedy: 'write another address of that machine, or its name',
    }
  }
  if (/^[0-9a-f:.]+$/i.test(text) && text.includes(':') && canBeInUrl(`[${text}]`)) return null
  return { fault: 'is not an IPv6 address', remedy: `write ${EXAMPLES}` }
}

/** Letters of any script, since a name such as `bücher.example` is looked up in its ASCII form. */
const NAME = /^[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?\.?$/u
const IPV4 = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/
const LABEL_LENGTH_MAX = 63
const NAME_LENGTH_MAX = 253

function faultOfName(text: string): Fault | null {
  const odd = /[^\p{L}\p{M}\p{N}_.-]/u.exec(text)?.[0]
  if (odd !== undefined) {
    const shown = odd === ' ' ? 'a space' : JSON.stringify(odd)
    return { fault: `contains ${shown}`, remedy: `write ${EXAMPLES}` }
  }
  const ascii = asciiOf(text)
  if (ascii !== null && IPV4.test(ascii)) {
    if (text === ascii) return null
    return { fault: 'is an unusual spelling of an IPv4 address', remedy: `write ${ascii}` }
  }
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(text)) {
    return {
      fault: 'is not an IPv4 address',
      remedy: 'write four numbers of 0 to 255, such as 192.168.1.20',
    }
  }
  const labels = (ascii ?? '').replace(/\.$/, '').split('.')
  const isName =
    NAME.test(text) &&
    ascii !== null &&
    ascii.length <= NAME_LENGTH_MAX &&
    labels.every(
      (label) =>
        /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label) && label.length <= LABEL_LENGTH_MAX,
    )
  return isName ? null : { fault: 'is not a host name', remedy: `write ${EXAMPLES}` }
}

/** The host of a URL, or of `host:port`, when there is one and it is good by itself. */
function hostWithin(text: string): string | null {
  const [, scheme, user, host, rest] =
    /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#@]*@)?(\[[0-9a-f:.]+\]|[^\s/?#@:[\]]*)((?::\d*)?(?:[/?#].*)?)$/is.exec(
      text,
    ) ?? []
  if (host === undefined || `${scheme ?? ''}${user ?? ''}${rest ?? ''}` === '') return null
  return faultOf(host) === null ? host.replaceAll(/^\[|\]$/g, '') : null
}

const portWithin = (text: string) => /[^:]:(\d{1,5})(?:[/?#]|$)/.exec(text)?.[1] ?? null

function partTooMuch(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'is a URL'
  if (text.includes('@')) return 'contains a user'
  if (/:\d*$/.test(text)) return 'contains a port'
  return 'contains a path'
}

function asciiOf(name: string): string | null {
  try {
    return new URL(`ws://${name}`).hostname
  } catch {
    return null
  }
}

function canBeInUrl(host: string): boolean {
  return asciiOf(host) !== null
}
