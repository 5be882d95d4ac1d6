import { z } from 'zod'
import { message, type Message } from './messages.ts'

/** A clause whose subject is the text, and a remedy. */
interface Fault {
  fault: Message
  remedy: Message
}

export type ReadHost = { ok: true; host: string } | ({ ok: false } & Fault)

/**
 * A name, or an IPv4 or IPv6 address (brackets are dropped). Rejects what `new URL` rejects or reads as another
 * address: a name may end with a number only if it is an IPv4 address (https://url.spec.whatwg.org/#host-parsing).
 */
export function readHost(text: string): ReadHost {
  const fault = faultOf(text)
  if (fault !== null) return { ok: false, ...fault }
  return { ok: true, host: text.replaceAll(/^\[|\]$/g, '') }
}

export type ReadAddress = { ok: true; host: string; port: number } | ({ ok: false } & Fault)

/** `gpu-box:8768`, `[::1]:8768`. The range of the port is not checked. */
export function readAddress(text: string): ReadAddress {
  const [, name, digits] = /^(.+):(\d{1,5})$/s.exec(text) ?? []
  if (name === undefined || digits === undefined) {
    const [host, port] = [hostWithin(text) ?? 'gpu-box', portWithin(text) ?? '8768']
    return {
      ok: false,
      fault: message('address.no_host_port'),
      remedy: message('fix.host_port', { example: `${hostInUrl(host)}:${port}` }),
    }
  }
  const isBareIPv6 = name.includes(':') && !name.startsWith('[') && canBeInUrl(`[${name}]`)
  if (isBareIPv6) {
    const remedy = message('fix.write', { value: `[${name}]:${digits}` })
    return { ok: false, fault: message('address.bare_ipv6'), remedy }
  }
  const read = readHost(name)
  if (read.ok) return { ...read, port: Number(digits) }
  const host = hostWithin(name)
  const remedy =
    host === null ? read.remedy : message('fix.write', { value: `${hostInUrl(host)}:${digits}` })
  return { ok: false, fault: read.fault, remedy }
}

export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** Windows cannot connect to a wildcard address, so it becomes loopback. */
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

function addIssue(context: z.RefinementCtx<string>, input: string, { fault, remedy }: Fault): void {
  context.addIssue({ code: 'custom', message: fault.message, params: { fault, remedy }, input })
}

function faultOf(text: string): Fault | null {
  if (text === '') return { fault: message('address.empty'), remedy: message('fix.host') }
  if (text === '*') {
    return { fault: message('address.no_address'), remedy: message('fix.any_host') }
  }
  if (/^\[.*\]$/s.test(text)) return faultOfIPv6(text.slice(1, -1))
  const bare = hostWithin(text)
  if (bare !== null) {
    return { fault: partTooMuch(text), remedy: message('fix.only_host', { host: bare }) }
  }
  if (text.includes(':')) return faultOfIPv6(text)
  return faultOfName(text)
}

function faultOfIPv6(text: string): Fault | null {
  if (/^[0-9a-f:.]+%/i.test(text)) {
    return { fault: message('address.zone'), remedy: message('fix.other_address') }
  }
  if (/^[0-9a-f:.]+$/i.test(text) && text.includes(':') && canBeInUrl(`[${text}]`)) return null
  return { fault: message('address.no_ipv6'), remedy: message('fix.host') }
}

/** Letters of any script: names such as `bücher.example` are resolved in their ASCII form. */
const NAME = /^[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?\.?$/u
const IPV4 = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/
const LABEL_LENGTH_MAX = 63
const NAME_LENGTH_MAX = 253

function faultOfName(text: string): Fault | null {
  const odd = /[^\p{L}\p{M}\p{N}_.-]/u.exec(text)?.[0]
  if (odd !== undefined) {
    const fault =
      odd === ' '
        ? message('address.space')
        : message('address.contains', { character: JSON.stringify(odd) })
    return { fault, remedy: message('fix.host') }
  }
  const ascii = asciiOf(text)
  if (ascii !== null && IPV4.test(ascii)) {
    if (text === ascii) return null
    return { fault: message('address.odd_ipv4'), remedy: message('fix.write', { value: ascii }) }
  }
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(text)) {
    return { fault: message('address.no_ipv4'), remedy: message('fix.ipv4') }
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
  return isName ? null : { fault: message('address.no_name'), remedy: message('fix.host') }
}

function hostWithin(text: string): string | null {
  const [, scheme, user, host, rest] =
    /^([a-z][a-z0-9+.-]*:\/\/)?([^/?#@]*@)?(\[[0-9a-f:.]+\]|[^\s/?#@:[\]]*)((?::\d*)?(?:[/?#].*)?)$/is.exec(
      text,
    ) ?? []
  if (host === undefined || `${scheme ?? ''}${user ?? ''}${rest ?? ''}` === '') return null
  return faultOf(host) === null ? host.replaceAll(/^\[|\]$/g, '') : null
}

const portWithin = (text: string) => /[^:]:(\d{1,5})(?:[/?#]|$)/.exec(text)?.[1] ?? null

function partTooMuch(text: string): Message {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return message('address.url')
  if (text.includes('@')) return message('address.user')
  return message(/:\d*$/.test(text) ? 'address.port' : 'address.path')
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
