import { readAddress } from '../../../protocol/address.ts'
import {
  BACKEND_NAME_LENGTH_MAX,
  BACKEND_NAME_PATTERN,
  PORT_MAX,
  PORT_MIN,
} from '../../../protocol/config.ts'
import {
  NEW_ONNX_DRAFT,
  ONNX_FIELDS,
  onnxFaults,
  onnxKeys,
  type OnnxDraft,
  type OnnxFault,
} from './onnx_draft.ts'

export const SOURCES = ['onnx', 'command', 'builtin', 'external'] as const
export type Source = (typeof SOURCES)[number]

export interface Draft {
  source: Source
  name: string
  port: string
  onnx: OnnxDraft
  command: string
  cwd: string
  template: string
  address: string
  isEnabled: boolean
}

export const PORT_FIRST = 8770

export const NEW_DRAFT: Draft = {
  source: 'onnx',
  name: '',
  port: String(PORT_FIRST),
  onnx: NEW_ONNX_DRAFT,
  command: '',
  cwd: '',
  template: '',
  address: `ws://localhost:${PORT_FIRST}`,
  isEnabled: true,
}

export const FIELDS = [
  ...ONNX_FIELDS,
  ...(['command', 'cwd', 'template', 'address', 'name', 'port'] as const),
]
export type Field = (typeof FIELDS)[number]

export type Fault =
  | OnnxFault
  | 'name_length'
  | 'name_letters'
  | 'name_used'
  | 'port_range'
  | 'port_used'
  | 'address_form'
  | 'address_used'

export interface Configured {
  name: string
  host: string
  port: number
}

export function faultsOf(
  draft: Draft,
  configured: readonly Configured[],
): Partial<Record<Field, Fault>> {
  const name = nameFault(draft.name, configured)
  const port = portFault(draft.port, configured)
  switch (draft.source) {
    case 'onnx':
      return present({ ...onnxFaults(draft.onnx), name, port })
    case 'command':
      return present({
        command: splitCommand(draft.command).length === 0 ? 'missing' : null,
        name,
        port,
      })
    case 'builtin':
      return present({ template: draft.template === '' ? 'missing' : null, port })
    case 'external':
      return present({ address: addressFault(draft.address, configured), name })
  }
}

function present(faults: Partial<Record<Field, Fault | null>>): Partial<Record<Field, Fault>> {
  const found = Object.entries(faults).filter(([, fault]) => fault !== null)
  return Object.fromEntries(found)
}

function nameFault(name: string, configured: readonly Configured[]): Fault | null {
  if (name === '') return 'missing'
  if (name.length > BACKEND_NAME_LENGTH_MAX) return 'name_length'
  if (!BACKEND_NAME_PATTERN.test(name)) return 'name_letters'
  return configured.some((one) => one.name === name) ? 'name_used' : null
}

function portFault(text: string, configured: readonly Configured[]): Fault | null {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < PORT_MIN || port > PORT_MAX) return 'port_range'
  return ownerOf({ host: 'localhost', port }, configured) === null ? null : 'port_used'
}

function addressFault(text: string, configured: readonly Configured[]): Fault | null {
  const address = addressOf(text)
  if (address === null) return 'address_form'
  return ownerOf(address, configured) === null ? null : 'address_used'
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0|::)$/i

/** The backend configured at this address; null if there is none. */
export function ownerOf(
  { host, port }: { host: string; port: number },
  configured: readonly Configured[],
): string | null {
  const isSame = (other: string) => other === host || (LOOPBACK.test(other) && LOOPBACK.test(host))
  return configured.find((one) => one.port === port && isSame(one.host))?.name ?? null
}

export function freePortFor(
  configured: readonly Pick<Configured, 'port'>[],
  from = PORT_FIRST,
): number {
  const used = new Set(configured.map(({ port }) => port))
  let port = from
  while (used.has(port)) port++
  return port
}

/** The name selects the program of a built-in backend. */
export const nameOf = ({ source, name, template }: Draft): string =>
  source === 'builtin' ? template : name

export function sectionOf(draft: Draft): Record<string, unknown> {
  const port = Number(draft.port)
  const enabled = draft.isEnabled ? { enabled: true } : {}
  switch (draft.source) {
    case 'builtin':
      return { host: 'localhost', port, ...enabled }
    case 'onnx':
      return { runtime: 'onnx', host: 'localhost', port, ...enabled, ...onnxKeys(draft.onnx) }
    case 'command':
      return {
        runtime: 'command',
        host: 'localhost',
        port,
        ...enabled,
        command: splitCommand(draft.command),
        ...(draft.cwd.trim() === '' ? {} : { cwd: draft.cwd.trim() }),
      }
    case 'external':
      // External backends are only watched, which is why they are added.
      return { runtime: 'external', ...addressOf(draft.address), enabled: true }
  }
}

export function isTouched(draft: Draft): boolean {
  const { port: _port, address: _address, ...typed } = draft
  const { port: _newPort, address: _newAddress, ...fresh } = NEW_DRAFT
  return (
    JSON.stringify({ ...typed, source: '' }) !== JSON.stringify({ ...fresh, source: '' }) ||
    (draft.source === 'external' && draft.address !== NEW_DRAFT.address)
  )
}

/** `ws://host:port`, or `host:port`; null for anything else. */
export function addressOf(text: string): { host: string; port: number } | null {
  const read = readAddress(text.trim().replace(/^(?:ws:\/\/)?(.*?)\/?$/i, '$1'))
  if (!read.ok || read.port < PORT_MIN || read.port > PORT_MAX) return null
  return { host: read.host, port: read.port }
}

/** Splits like a shell: at spaces outside quotes. An open quote ends with the text. */
export function splitCommand(command: string): string[] {
  const words = command.matchAll(/(?:"[^"]*"?|'[^']*'?|[^\s"'])+/g)
  return [...words].map(([word]) => word.replace(/"([^"]*)"?|'([^']*)'?/g, '$1$2'))
}
